package io.hetegen.engine.tokenizer;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** A model's vocabulary: text to ids and back. Thread safe. */
public interface Tokenizer extends AutoCloseable {

    int vocabularySize();

    /**
     * @param addSpecial add the tokens that the model's tokenizer adds by itself (BOS, EOS)
     * @param parseSpecial read special tokens that are written in the text as such; false keeps them text, which is
     *     what user content must get
     */
    default List<Integer> encode(String text, boolean addSpecial, boolean parseSpecial) {
        return encode(List.of(new TextPiece(text, parseSpecial)), addSpecial);
    }

    /**
     * Tokenizes the joined text of the pieces, so that tokens may reach from one piece into the next; special tokens are
     * found only inside pieces that ask for them.
     *
     * @param addSpecial as in {@link #encode(String, boolean, boolean)}; a chat template writes BOS itself
     */
    List<Integer> encode(List<TextPiece> pieces, boolean addSpecial);

    /** @param skipSpecial leave control tokens out */
    String decode(List<Integer> ids, boolean skipSpecial);

    /** The bytes that one token stands for; empty for control tokens. Concatenated they are the UTF-8 of the answer. */
    byte[] tokenBytes(int id);

    /** Tokens that end an answer. */
    Set<Integer> endTokens();

    OptionalInt bosToken();

    OptionalInt eosToken();

    /** The text of a token as the vocabulary spells it. */
    String tokenText(int id);

    /** Most UTF-8 bytes of text that one token can stand for: longer prompts are refused before they are tokenized. */
    int maxTokenBytes();

    /** Whether {@link #decode} drops one blank at the very start, because encoding had put it there (sentencepiece). */
    default boolean stripsLeadingBlank() {
        return false;
    }

    /** Frees native memory; no other method may be called afterwards. */
    @Override
    default void close() {}
}
