package io.hetegen.engine.model;

/**
 * The sizes and constants of a decoder-only transformer, checked to be consistent with each other.
 *
 * @param architecture GGUF {@code general.architecture}
 * @param numLayers GGUF {@code block_count}
 * @param hiddenSize GGUF {@code embedding_length}
 * @param intermediateSize GGUF {@code feed_forward_length}
 * @param numHeads GGUF {@code attention.head_count}
 * @param numKeyValueHeads GGUF {@code attention.head_count_kv}; divides numHeads
 * @param headDim GGUF {@code attention.key_length} (= value_length); even
 * @param vocabularySize rows of the embedding
 * @param contextLength GGUF {@code context_length}
 * @param rmsNormEps GGUF {@code attention.layer_norm_rms_epsilon}
 * @param rope rotary position embedding
 * @param tiedEmbedding whether the embedding also is the output matrix
 */
public record ModelConfig(
        String architecture,
        int numLayers,
        int hiddenSize,
        int intermediateSize,
        int numHeads,
        int numKeyValueHeads,
        int headDim,
        int vocabularySize,
        int contextLength,
        float rmsNormEps,
        RopeConfig rope,
        boolean tiedEmbedding) {

    /**
     * Rotary position embedding over pairs (2i, 2i+1).
     *
     * @param theta GGUF {@code rope.freq_base}
     * @param dimensions how many leading elements of a head are rotated; even, at most headDim
     * @param linearFactor positions are divided by it; 1 is off
     */
    public record RopeConfig(double theta, int dimensions, double linearFactor) {}

    public int queryHeadsPerKeyValueHead() {
        return numHeads / numKeyValueHeads;
    }

    /** Width of K and of V: numKeyValueHeads * headDim. */
    public int keyValueSize() {
        return numKeyValueHeads * headDim;
    }

    /** Width of Q and of the attention output before its projection: numHeads * headDim. */
    public int querySize() {
        return numHeads * headDim;
    }
}
