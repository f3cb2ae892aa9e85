package io.hetegen.engine.kernel;

import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.KvPage;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import java.util.Arrays;
import java.util.List;

/** The executable specification: docs/arithmetic.md in Java. */
public final class ReferenceKernels implements Kernels {

    private static final int MAGNITUDE = 0x7fffffff;
    private static final int INFINITY = 0x7f800000;
    private static final int LEAST = Float.floatToRawIntBits(Arithmetic.LEAST_MAGNITUDE);

    @Override
    public void quantize(Activations x, int from, int to) {
        for (int block : Arithmetic.ACTIVATION_BLOCKS) {
            if (x.isQuantizedBy(block)) {
                quantize(x, block, from * x.columns(), to * x.columns());
            }
        }
    }

    static void quantize(Activations x, int block, int from, int to) {
        for (int at = from; at < to; at += block) {
            x.scales(block)[at / block] = quantizeBlock(x.values(), at, at + block, x.quants(block));
        }
    }

    private static float quantizeBlock(float[] x, int from, int to, byte[] quants) {
        int max = 0;
        for (int i = from; i < to; i++) {
            max = Math.max(max, Float.floatToRawIntBits(x[i]) & MAGNITUDE);
        }
        if (max < LEAST || max >= INFINITY) {
            Arrays.fill(quants, from, to, (byte) 0);
            return max < LEAST ? 0 : Float.NaN;
        }
        float greatest = Float.intBitsToFloat(max);
        float factor = 127 / greatest;
        for (int i = from; i < to; i++) {
            quants[i] = (byte) Math.rint(x[i] * factor);
        }
        return greatest / 127;
    }

    @Override
    public void multiply(RowTiles w, int fromTile, int toTile, Activations x, int tokens, float[] y, Scratch scratch) {
        w.checkOpen();
        new ReferenceLinear(w, x, scratch.linear).multiply(fromTile, toTile, tokens, y);
    }

    @Override
    public void row(RowTiles w, int row, float[] target, int offset) {
        w.checkOpen();
        WeightPanel panel = new WeightPanel(1);
        int inTile = row % TileLayout.ROWS;
        for (int segment = 0; segment < w.layout().segments(); segment++) {
            PanelReader reader = new PanelReader(w, row / TileLayout.ROWS, segment, inTile, inTile + 1, panel, 0);
            int columns = w.layout().segmentColumns(segment);
            for (int column = 0; column < columns; column += WeightPanel.COLUMNS) {
                int count = Math.min(WeightPanel.COLUMNS, columns - column);
                reader.read(column, count);
                int at = offset + segment * TileLayout.SEGMENT + column;
                for (int k = 0; k < count; k++) {
                    target[at + k] = element(w.layout().dtype(), panel, k);
                }
            }
        }
    }

    private static float element(DType dtype, WeightPanel panel, int k) {
        float quant = panel.columns[k][0];
        if (!dtype.isQuantized()) {
            return quant;
        }
        int group = k / WeightPanel.GROUP;
        float product = panel.d[0] * panel.scales[group][0] * quant;
        return dtype.hasMinimum() ? product - panel.dmin[0] * panel.mins[group][0] : product;
    }

    @Override
    public void rmsNorm(float[] x, int offset, float[] weight, float eps, float[] target, int targetOffset) {
        float factor = 1 / (float) Math.sqrt(sumOfSquares(x, offset, weight.length) / weight.length + eps);
        for (int i = 0; i < weight.length; i++) {
            target[targetOffset + i] = x[offset + i] * factor * weight[i];
        }
    }

    @Override
    public void layerNorm(
            float[] x, int offset, float[] weight, float[] bias, float eps, float[] target, int targetOffset) {
        float mean = sum(x, offset, weight.length) / weight.length;
        for (int i = 0; i < weight.length; i++) {
            target[targetOffset + i] = x[offset + i] - mean;
        }
        float variance = sumOfSquares(target, targetOffset, weight.length) / weight.length;
        float factor = 1 / (float) Math.sqrt(variance + eps);
        for (int i = 0; i < weight.length; i++) {
            target[targetOffset + i] = target[targetOffset + i] * factor * weight[i] + bias[i];
        }
    }

    private static float sum(float[] x, int offset, int size) {
        float[] partials = new float[Arithmetic.NORM_PARTIALS];
        for (int i = 0; i < size; i++) {
            partials[i % Arithmetic.NORM_PARTIALS] += x[offset + i];
        }
        return treeSum(partials);
    }

    private static float sumOfSquares(float[] x, int offset, int size) {
        float[] partials = new float[Arithmetic.NORM_PARTIALS];
        for (int i = 0; i < size; i++) {
            int partial = i % Arithmetic.NORM_PARTIALS;
            partials[partial] = Fma.fma(x[offset + i], x[offset + i], partials[partial]);
        }
        return treeSum(partials);
    }

    private static float treeSum(float[] partials) {
        for (int width = partials.length / 2; width > 0; width /= 2) {
            for (int i = 0; i < width; i++) {
                partials[i] += partials[i + width];
            }
        }
        return partials[0];
    }

    @Override
    public void rope(float[] x, int offset, float[] table, int tableOffset, int pairs, RopePairs kind) {
        int stride = kind == RopePairs.INTERLEAVED ? 2 : 1;
        int distance = kind == RopePairs.INTERLEAVED ? 1 : pairs;
        for (int i = 0; i < pairs; i++) {
            float cos = table[tableOffset + 2 * i];
            float sin = table[tableOffset + 2 * i + 1];
            int first = offset + i * stride;
            float x0 = x[first];
            float x1 = x[first + distance];
            x[first] = Fma.fma(x0, cos, -(x1 * sin));
            x[first + distance] = Fma.fma(x1, cos, x0 * sin);
        }
    }

    @Override
    public void attention(AttentionBlock block, List<KvPage> pages, float[] query, float[] output, Scratch scratch) {
        new ReferenceAttention(block, query, output, scratch.attention).run(pages);
    }

    @Override
    public void swiGlu(float[] gate, float[] up, float[] target, int from, int to) {
        for (int i = from; i < to; i++) {
            target[i] = gate[i] / (1 + Exp.exp(-gate[i])) * up[i];
        }
    }

    @Override
    public void relu(float[] x, float[] target, int from, int to) {
        for (int i = from; i < to; i++) {
            // Not max(0, x): NaN has to stay NaN.
            target[i] = x[i] < 0 ? 0 : x[i];
        }
    }

    @Override
    public void add(float[] x, float[] y, int from, int to) {
        for (int i = from; i < to; i++) {
            x[i] += y[i];
        }
    }
}
