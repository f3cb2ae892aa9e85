package io.hetegen.engine.model;

import io.hetegen.engine.KvType;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.kernel.LinearSpecification;
import io.hetegen.engine.kernel.Specification;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;

/** Section 11 of docs/arithmetic.md, token by token on the bytes of the model file. */
record DecoderSpecification(RandomModelFile file, ModelConfig config, KvType kvType, float[] ropeDivisors) {

    /** The logits of every token. */
    float[][] logits(int[] ids) {
        int kvHeads = config.numKeyValueHeads();
        float[][][][] keys = new float[config.numLayers()][kvHeads][ids.length][];
        float[][][][] values = new float[config.numLayers()][kvHeads][ids.length][];
        float[][] logits = new float[ids.length][];
        for (int t = 0; t < ids.length; t++) {
            float[] x = embedding(ids[t], t);
            for (int layer = 0; layer < config.numLayers(); layer++) {
                String prefix = "blk." + layer + ".";
                float[] n = norm(prefix + "attn_norm", x);
                float[] q = product(prefix + "attn_q", n);
                float[] k = product(prefix + "attn_k", n);
                float[] v = product(prefix + "attn_v", n);
                for (int head = 0; head < kvHeads; head++) {
                    keys[layer][head][t] =
                            Specification.rounded(rotated(head(prefix + "attn_k_norm", k, head), t), kvType);
                    values[layer][head][t] = Specification.rounded(head(v, head), kvType);
                }
                float[] attended = new float[config.querySize()];
                for (int head = 0; head < config.numHeads(); head++) {
                    int kvHead = head / (config.numHeads() / kvHeads);
                    float[] output = Specification.attention(
                            rotated(head(prefix + "attn_q_norm", q, head), t),
                            keys[layer][kvHead],
                            values[layer][kvHead],
                            t);
                    System.arraycopy(output, 0, attended, head * config.headDim(), config.headDim());
                }
                x = sum(x, product(prefix + "attn_output", attended));
                n = norm(prefix + "ffn_norm", x);
                float[] u = product(prefix + "ffn_up", n);
                float[] h = new float[u.length];
                if (has(prefix + "ffn_gate.weight")) {
                    float[] g = product(prefix + "ffn_gate", n);
                    for (int i = 0; i < h.length; i++) {
                        h[i] = Specification.swiGlu(g[i], u[i]);
                    }
                } else {
                    for (int i = 0; i < h.length; i++) {
                        h[i] = u[i] < 0 ? 0 : u[i];
                    }
                }
                x = sum(x, product(prefix + "ffn_down", h));
            }
            logits[t] = product(has("output.weight") ? "output" : "token_embd", norm("output_norm", x));
        }
        return logits;
    }

    private float[] embedding(int id, int position) {
        float[] x = row("token_embd.weight", id);
        return has("position_embd.weight") ? sum(x, row("position_embd.weight", position + 2)) : x;
    }

    private float[] row(String name, int row) {
        LinearSpecification matrix = matrix(name);
        float[] x = new float[config.hiddenSize()];
        for (int k = 0; k < x.length; k++) {
            x[k] = matrix.value(row, k);
        }
        return x;
    }

    private float[] norm(String name, float[] x) {
        return has(name + ".bias")
                ? Specification.layerNorm(x, vector(name + ".weight"), vector(name + ".bias"), config.normEps())
                : Specification.rmsNorm(x, vector(name + ".weight"), config.normEps());
    }

    private float[] vector(String name) {
        float[] vector = new float[(int) tensor(name).columns()];
        ByteBuffer.wrap(file.bytes(name))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(vector);
        return vector;
    }

    private boolean has(String name) {
        return file.tensors().containsKey(name);
    }

    private float[] product(String name, float[] x) {
        float[] y = new float[(int) tensor(name + ".weight").rows()];
        LinearSpecification matrix = matrix(name + ".weight");
        for (int row = 0; row < y.length; row++) {
            y[row] = matrix.product(row, x);
        }
        return has(name + ".bias") ? sum(y, vector(name + ".bias")) : y;
    }

    private LinearSpecification matrix(String name) {
        return new LinearSpecification(
                file.bytes(name), tensor(name).dtype(), (int) tensor(name).columns());
    }

    private TensorInfo tensor(String name) {
        return Objects.requireNonNull(file.tensors().get(name));
    }

    private float[] rotated(float[] head, int position) {
        ModelConfig.RopeConfig rope = config.rope();
        return Specification.rope(
                head,
                position,
                rope.theta(),
                rope.dimensions(),
                rope.linearFactor(),
                ropeDivisors,
                config.family().positions() == Family.PositionKind.ROTARY_HALVES);
    }

    /** Normalized if there is a norm for heads. */
    private float[] head(String norm, float[] x, int head) {
        float[] values = head(x, head);
        return has(norm + ".weight") ? norm(norm, values) : values;
    }

    private float[] head(float[] x, int head) {
        return Arrays.copyOfRange(x, head * config.headDim(), (head + 1) * config.headDim());
    }

    private static float[] sum(float[] x, float[] y) {
        float[] sum = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            sum[i] = x[i] + y[i];
        }
        return sum;
    }
}
