package io.hetegen.engine.model;

/** Tensor names of the LLaMA layout as GGUF files spell them. */
final class TensorNames {

    static final String TOKEN_EMBEDDING = "token_embd.weight";
    static final String OUTPUT_NORM = "output_norm.weight";

    /** Absent where the embedding also is the output matrix. */
    static final String OUTPUT = "output.weight";

    /** Optional: F32, rope.dimensions() / 2 divisors of the rotation frequencies. */
    static final String ROPE_FREQUENCIES = "rope_freqs.weight";

    private TensorNames() {}

    /** The tensors that each decoder layer has. */
    enum Layer {
        ATTENTION_NORM("attn_norm"),
        ATTENTION_QUERY("attn_q"),
        ATTENTION_KEY("attn_k"),
        ATTENTION_VALUE("attn_v"),
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
            return "blk." + layer + "." + part + ".weight";
        }
    }
}
