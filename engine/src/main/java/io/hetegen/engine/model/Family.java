package io.hetegen.engine.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the blocks of a model family are made of: families differ by these values and by nothing else.
 *
 * @param architecture GGUF {@code general.architecture}
 * @param headNorms whether each query and key head has an RMS norm before it is rotated
 */
public record Family(
        String architecture, NormKind norm, PositionKind positions, MlpKind mlp, BiasKind biases, boolean headNorms) {

    /** Touvron et al., 2023. */
    public static final Family LLAMA =
            new Family("llama", NormKind.RMS, PositionKind.ROTARY_INTERLEAVED, MlpKind.SWIGLU, BiasKind.NONE, false);

    /** Yang et al., "Qwen2 Technical Report", 2024. */
    public static final Family QWEN2 = new Family(
            "qwen2", NormKind.RMS, PositionKind.ROTARY_HALVES, MlpKind.SWIGLU, BiasKind.QUERY_KEY_VALUE, false);

    /** Yang et al., "Qwen3 Technical Report", 2025. */
    public static final Family QWEN3 =
            new Family("qwen3", NormKind.RMS, PositionKind.ROTARY_HALVES, MlpKind.SWIGLU, BiasKind.NONE, true);

    /** Zhang et al., "OPT: Open Pre-trained Transformer Language Models", 2022; the sizes that normalize first. */
    public static final Family OPT =
            new Family("opt", NormKind.LAYER, PositionKind.LEARNED, MlpKind.RELU, BiasKind.ALL, false);

    private static final Map<String, Family> FAMILIES = byArchitecture(List.of(LLAMA, QWEN2, QWEN3, OPT));

    /** How activations are normalized. */
    public enum NormKind {
        RMS("attention.layer_norm_rms_epsilon"),
        /** With a bias. */
        LAYER("attention.layer_norm_epsilon");

        private final String epsilonKey;

        NormKind(String epsilonKey) {
            this.epsilonKey = epsilonKey;
        }

        String epsilonKey() {
            return epsilonKey;
        }
    }

    /** How a token's position gets into the calculation. */
    public enum PositionKind {
        ROTARY_INTERLEAVED,
        ROTARY_HALVES,
        /** A table of vectors that are added to the embedding. */
        LEARNED;

        /** OPT's table has two rows before that of position 0: its positions count from the padding id, which is 1. */
        static final int LEARNED_OFFSET = 2;
    }

    /** The feed-forward network. */
    public enum MlpKind {
        /** down(silu(gate x) * up x). */
        SWIGLU,
        /** down(max(0, up x)). */
        RELU
    }

    /** Which linears of a block have biases. */
    public enum BiasKind {
        NONE,
        QUERY_KEY_VALUE,
        ALL
    }

    static Optional<Family> of(String architecture) {
        return Optional.ofNullable(FAMILIES.get(architecture));
    }

    static String supported() {
        return String.join(", ", FAMILIES.keySet());
    }

    boolean isRotary() {
        return positions != PositionKind.LEARNED;
    }

    private static Map<String, Family> byArchitecture(List<Family> families) {
        Map<String, Family> map = new LinkedHashMap<>();
        families.forEach(family -> map.put(family.architecture(), family));
        return map;
    }
}
