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
            float[] x = embedding(ids[t]);
            for (int layer = 0; layer < config.numLayers(); layer++) {
                String prefix = "blk." + layer + ".";
                float[] n = norm(prefix + "attn_norm.weight", x);
                float[] q = product(prefix + "attn_q.weight", n);
                float[] k = product(prefix + "attn_k.weight", n);
                float[] v = product(prefix + "attn_v.weight", n);
                for (int head = 0; head < kvHeads; head++) {
                    keys[layer][head][t] = Specification.rounded(rotated(head(k, head), t), kvType);
                    values[layer][head][t] = Specification.rounded(head(v, head), kvType);
                }
                float[] attended = new float[config.querySize()];
                for (int head = 0; head < config.numHeads(); head++) {
                    int kvHead = head / (config.numHeads() / kvHeads);
                    float[] output = Specification.attention(
                            rotated(head(q, head), t), keys[layer][kvHead], values[layer][kvHead], t);
                    System.arraycopy(output, 0, attended, head * config.headDim(), config.headDim());
                }
                x = sum(x, product(prefix + "attn_output.weight", attended));
                n = norm(prefix + "ffn_norm.weight", x);
                float[] g = product(prefix + "ffn_gate.weight", n);
                float[] u = product(prefix + "ffn_up.weight", n);
                float[] h = new float[g.length];
                for (int i = 0; i < h.length; i++) {
                    h[i] = Specification.swiGlu(g[i], u[i]);
                }
                x = sum(x, product(prefix + "ffn_down.weight", h));
            }
            logits[t] = product("output.weight", norm("output_norm.weight", x));
        }
        return logits;
    }

    private float[] embedding(int id) {
        LinearSpecification matrix = matrix("token_embd.weight");
        float[] x = new float[config.hiddenSize()];
        for (int k = 0; k < x.length; k++) {
            x[k] = matrix.value(id, k);
        }
        return x;
    }

    private float[] norm(String name, float[] x) {
        float[] weights = new float[x.length];
        ByteBuffer.wrap(file.bytes(name))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(weights);
        return Specification.rmsNorm(x, weights, config.rmsNormEps());
    }

    private float[] product(String name, float[] x) {
        float[] y = new float[(int) tensor(name).rows()];
        LinearSpecification matrix = matrix(name);
        for (int row = 0; row < y.length; row++) {
            y[row] = matrix.product(row, x);
        }
        return y;
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
        return Specification.rope(head, position, rope.theta(), rope.dimensions(), rope.linearFactor(), ropeDivisors);
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
