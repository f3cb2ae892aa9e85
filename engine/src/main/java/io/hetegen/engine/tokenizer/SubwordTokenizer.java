package io.hetegen.engine.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.hetegen.engine.InvalidRequestException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/** BPE over bytes or over characters; the merging is done by Hugging Face's library, special tokens are found here. */
final class SubwordTokenizer implements Tokenizer {

    private static final char SENTENCEPIECE_BLANK = '▁';

    private final Vocabulary vocabulary;
    private final HuggingFaceTokenizer library;
    private final byte[][] bytes;
    private final int maxTokenBytes;
    private final SpecialTokens userDefined = new SpecialTokens();
    private final SpecialTokens special = new SpecialTokens();

    SubwordTokenizer(Vocabulary vocabulary, HuggingFaceTokenizer library) {
        this.vocabulary = vocabulary;
        this.library = library;
        this.bytes = new byte[vocabulary.size()][];
        // The unknown token stands for any one character.
        int longest = vocabulary.byteLevel() || vocabulary.unknown().isEmpty() ? 1 : 4;
        for (int id = 0; id < bytes.length; id++) {
            bytes[id] = bytesOf(id);
            String text = vocabulary.texts().get(id);
            // Written out, a control token stands for its whole text.
            longest = Math.max(longest, Math.max(bytes[id].length, utf8(text).length));
            if (isSpecial(id)) {
                special.add(text, id);
            } else if (vocabulary.types()[id] == TokenType.USER_DEFINED) {
                special.add(text, id);
                userDefined.add(text, id);
            }
        }
        this.maxTokenBytes = longest;
    }

    @Override
    public int vocabularySize() {
        return vocabulary.size();
    }

    @Override
    public List<Integer> encode(List<TextPiece> pieces, boolean addSpecial) {
        List<Integer> ids = new ArrayList<>();
        if (addSpecial && vocabulary.addBos()) {
            ids.add(vocabulary.bos().orElseThrow());
        }
        StringBuilder text = new StringBuilder();
        for (TextPiece piece : pieces) {
            SpecialTokens found = piece.parseSpecial() ? special : userDefined;
            found.split(piece.text(), text::append, id -> {
                encodeText(text, ids);
                ids.add(id);
            });
        }
        encodeText(text, ids);
        if (addSpecial && vocabulary.addEos()) {
            ids.add(vocabulary.eos().orElseThrow());
        }
        return ids;
    }

    /** Encodes and empties {@code pending}. */
    private void encodeText(StringBuilder pending, List<Integer> ids) {
        if (pending.isEmpty()) {
            return;
        }
        String text = wellFormed(pending);
        pending.setLength(0);
        String prepared = text;
        if (!vocabulary.byteLevel()) {
            prepared = (vocabulary.addSpacePrefix() ? " " + text : text).replace(' ', SENTENCEPIECE_BLANK);
        }
        try {
            for (long id : library.encode(prepared, false, false).getIds()) {
                ids.add((int) id);
            }
        } catch (RuntimeException e) {
            // Its regular expressions give up where a text of megabytes makes them try too much.
            throw new InvalidRequestException(
                    "a text of " + text.length() + " characters cannot be tokenized: " + e.getMessage());
        }
    }

    @Override
    public String decode(List<Integer> ids, boolean skipSpecial) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int id : ids) {
            byte[] token = bytes[id];
            out.writeBytes(token.length == 0 && !skipSpecial ? utf8(tokenText(id)) : token);
        }
        byte[] all = out.toByteArray();
        int start = stripsLeadingBlank() && all.length > 0 && all[0] == ' ' ? 1 : 0;
        return new String(all, start, all.length - start, StandardCharsets.UTF_8);
    }

    @Override
    public boolean stripsLeadingBlank() {
        return !vocabulary.byteLevel() && vocabulary.addSpacePrefix();
    }

    @Override
    public byte[] tokenBytes(int id) {
        return bytes[id].clone();
    }

    @Override
    public Set<Integer> endTokens() {
        return vocabulary.endTokens();
    }

    @Override
    public OptionalInt bosToken() {
        return vocabulary.bos();
    }

    @Override
    public OptionalInt eosToken() {
        return vocabulary.eos();
    }

    @Override
    public String tokenText(int id) {
        return vocabulary.texts().get(id);
    }

    @Override
    public int maxTokenBytes() {
        return maxTokenBytes;
    }

    @Override
    public void close() {
        library.close();
    }

    /** Ends and BOS steer the model even where the file calls them something else, so text must never become one. */
    private boolean isSpecial(int id) {
        return vocabulary.types()[id].silent()
                || vocabulary.endTokens().contains(id)
                || vocabulary.bos().orElse(-1) == id;
    }

    private byte[] bytesOf(int id) {
        String text = vocabulary.texts().get(id);
        if (isSpecial(id)) {
            return new byte[0];
        }
        return switch (vocabulary.types()[id]) {
            case BYTE -> new byte[] {(byte) Integer.parseInt(text.substring(3, 5), 16)};
            case NORMAL ->
                vocabulary.byteLevel() ? ByteAlphabet.bytes(text) : utf8(text.replace(SENTENCEPIECE_BLANK, ' '));
            case USER_DEFINED, UNUSED, CONTROL, UNKNOWN ->
                utf8(vocabulary.byteLevel() ? text : text.replace(SENTENCEPIECE_BLANK, ' '));
        };
    }

    /** Lone surrogates have no UTF-8: they become U+FFFD, as undecodable bytes do everywhere else. */
    private static String wellFormed(CharSequence text) {
        StringBuilder fixed = new StringBuilder(text.length());
        text.codePoints().forEach(c -> fixed.appendCodePoint(c >= 0xD800 && c <= 0xDFFF ? 0xFFFD : c));
        return fixed.toString();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
