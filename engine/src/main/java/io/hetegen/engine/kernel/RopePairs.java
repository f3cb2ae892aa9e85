package io.hetegen.engine.kernel;

/** Which elements of a head are rotated together. */
public enum RopePairs {
    /** 2i and 2i + 1, as in RoFormer and LLaMA's original weights. */
    INTERLEAVED,
    /** i and i + pairs, as in GPT-NeoX. */
    HALVES
}
