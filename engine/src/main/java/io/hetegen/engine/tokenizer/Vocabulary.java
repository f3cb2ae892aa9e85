package io.hetegen.engine.tokenizer;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The checked tokenizer part of a model file. Texts are distinct and not empty, ids lie inside.
 *
 * @param scores for sentencepiece vocabularies; empty otherwise
 * @param merges pairs of texts in order of rank for byte-level BPE; empty otherwise
 * @param preTokenizer for byte-level BPE; null for sentencepiece
 */
record Vocabulary(
        List<String> texts,
        Map<String, Integer> ids,
        TokenType[] types,
        float[] scores,
        List<Merge> merges,
        @Nullable PreTokenizer preTokenizer,
        OptionalInt bos,
        OptionalInt eos,
        OptionalInt unknown,
        Set<Integer> endTokens,
        boolean addBos,
        boolean addEos,
        boolean addSpacePrefix) {

    /** Two neighbouring pieces become one token. */
    record Merge(String left, String right) {}

    int size() {
        return texts.size();
    }

    boolean byteLevel() {
        return preTokenizer != null;
    }
}
