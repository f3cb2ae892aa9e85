package io.hetegen.engine.model;

/**
 * The sizes and constants of a decoder-only transformer, checked to be consistent with each other.
 *
 * @param family what the blocks are made of
 * @param numLayers GGUF {@code block_count}
 * @param hiddenSize GGUF {@code embedding_length}
 * @param intermediateSize GGUF {@code feed_forward_length}
 * @param numHeads GGUF {@code attention.head_count}
 * @param numKeyValueHeads GGUF {@code attention.head_count_kv}; divides numHeads
 * @param headDim GGUF {@code attention.key_length} (= value_length); even
 * @param vocabularySize rows of the embedding
 * @param contextLength GGUF {@code context_length}
 * @param normEps GGUF {@code attention.layer_norm_rms_epsilon} or {@code attention.layer_norm_epsilon}
 * @param rope rotary position embedding, {@link RopeConfig#NONE} where positions are learned
 * @param tiedEmbedding whether the embedding also is the output matrix
 */
public record ModelConfig(
        Family family,
        int numLayers,
        int hiddenSize,
        int intermediateSize,
        int numHeads,
        int numKeyValueHeads,
        int headDim,
        int vocabularySize,
        int contextLength,
        float normEps,
        RopeConfig rope,
        boolean tiedEmbedding) {

    /**
     * Rotary position embedding.
     *
     * @param theta GGUF {@code rope.freq_base}
     * @param dimensions how many leading elements of a head are rotated; even, at most headDim; with 0 none is
     * @param linearFactor positions are divided by it; 1 is off
     */
    public record RopeConfig(double theta, int dimensions, double linearFactor) {

        public static final RopeConfig NONE = new RopeConfig(1, 0, 1);
    }

    /** GGUF {@code general.architecture}. */
    public String architecture() {
        return family.architecture();
    }

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

    /** Rows of the table of learned positions. */
    long learnedPositions() {
        return (long) contextLength + Family.PositionKind.LEARNED_OFFSET;
    }
}
