package io.hetegen.engine.model;

/** Tensor names as GGUF files spell them. */
final class TensorNames {

    static final String TOKEN_EMBEDDING = "token_embd.weight";

    /** Where positions are learned. */
    static final String POSITION_EMBEDDING = "position_embd.weight";

    static final String OUTPUT_NORM = "output_norm";

    /** Absent where the embedding also is the output matrix. */
    static final String OUTPUT = "output.weight";

    /** Optional: F32, rope.dimensions() / 2 divisors of the rotation frequencies. */
    static final String ROPE_FREQUENCIES = "rope_freqs.weight";

    private TensorNames() {}

    static String weight(String part) {
        return part + ".weight";
    }

    static String bias(String part) {
        return part + ".bias";
    }

    /** The parts of a decoder layer; each has a weight and may have a bias. */
    enum Layer {
        ATTENTION_NORM("attn_norm"),
        ATTENTION_QUERY("attn_q"),
        ATTENTION_KEY("attn_k"),
        ATTENTION_VALUE("attn_v"),
        QUERY_NORM("attn_q_norm"),
        KEY_NORM("attn_k_norm"),
        ATTENTION_OUTPUT("attn_output"),
        MLP_NORM("ffn_norm"),
        MLP_GATE("ffn_gate"),
        MLP_UP("ffn_up"),
        MLP_DOWN("ffn_down");

        private final String part;

        Layer(String part) {
            this.part = part;
        }

        /** @param layer from 0 */
        String of(int layer) {
            return "blk." + layer + "." + part;
        }

        boolean isIn(Family family) {
            return switch (this) {
                case QUERY_NORM, KEY_NORM -> family.headNorms();
                case MLP_GATE -> family.mlp() == Family.MlpKind.SWIGLU;
                default -> true;
            };
        }

        boolean hasBias(Family family) {
            return switch (this) {
                case ATTENTION_NORM, MLP_NORM -> family.norm() == Family.NormKind.LAYER;
                case QUERY_NORM, KEY_NORM -> false;
                case ATTENTION_QUERY, ATTENTION_KEY, ATTENTION_VALUE -> family.biases() != Family.BiasKind.NONE;
                case ATTENTION_OUTPUT, MLP_GATE, MLP_UP, MLP_DOWN -> family.biases() == Family.BiasKind.ALL;
            };
        }
    }
}
