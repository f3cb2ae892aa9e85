package io.hetegen.engine.kernel;

import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.Float16;
import io.hetegen.engine.tensor.KvPage;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** The executable specification: docs/arithmetic.md in Java. */
public final class ReferenceKernels implements Kernels {

    private static final int MAGNITUDE = 0x7fffffff;
    private static final int INFINITY = 0x7f800000;
    private static final int LEAST = Float.floatToRawIntBits(Arithmetic.LEAST_MAGNITUDE);

    @Override
    public void quantize(Activations x, int from, int to) {
        int end = to * x.columns();
        for (int at = from * x.columns(); at < end; at += Arithmetic.ACTIVATION_BLOCK) {
            x.scales()[at / Arithmetic.ACTIVATION_BLOCK] = quantizeBlock(x.values(), at, x.quants());
        }
    }

    private static float quantizeBlock(float[] x, int at, byte[] quants) {
        int max = 0;
        for (int i = at; i < at + Arithmetic.ACTIVATION_BLOCK; i++) {
            max = Math.max(max, Float.floatToRawIntBits(x[i]) & MAGNITUDE);
        }
        if (max < LEAST || max >= INFINITY) {
            Arrays.fill(quants, at, at + Arithmetic.ACTIVATION_BLOCK, (byte) 0);
            return max < LEAST ? 0 : Float.NaN;
        }
        float greatest = Float.intBitsToFloat(max);
        float factor = 127 / greatest;
        for (int i = at; i < at + Arithmetic.ACTIVATION_BLOCK; i++) {
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
        for (int column = 0; column < w.columns(); column++) {
            target[offset + column] = element(w, row, column);
        }
    }

    private static float element(RowTiles w, int row, int column) {
        TileLayout layout = w.layout();
        DType dtype = layout.dtype();
        int tile = row / TileLayout.ROWS;
        int segment = column / TileLayout.SEGMENT;
        int block = column % TileLayout.SEGMENT / dtype.blockSize();
        int inBlock = column % dtype.blockSize();
        ByteBuffer bytes = w.chunk(tile);
        int scales = w.offset(tile) + (int) layout.segmentOffset(segment);
        int data = scales + layout.dataOffset(segment);
        // Bytes of the row's data before this element, were it not interleaved.
        int before = block * layout.blockDataBytes();
        int scaleAt = scales + (block * TileLayout.ROWS + row % TileLayout.ROWS) * layout.blockScaleBytes();
        return switch (dtype) {
            case F32 -> bytes.getFloat(data + interleaved(before, row));
            case F16 -> Float16.toFloat(bytes.getShort(data + interleaved(before, row)));
            case BF16 -> Float16.bfloatToFloat(bytes.getShort(data + interleaved(before, row)));
            case Q8_0 -> {
                int quant = (bytes.get(data + interleaved(before + inBlock, row)) & 0xff) - 128;
                yield quant * Float16.toFloat(bytes.getShort(scaleAt));
            }
            case Q4_0 -> {
                int pair = bytes.get(data + interleaved(before + inBlock % 16, row)) & 0xff;
                int quant = (inBlock < 16 ? pair & 0xf : pair >> 4) - 8;
                yield quant * Float16.toFloat(bytes.getShort(scaleAt));
            }
        };
    }

    private static int interleaved(int position, int row) {
        int unit = position / TileLayout.UNIT * TileLayout.ROWS + row % TileLayout.ROWS;
        return unit * TileLayout.UNIT + position % TileLayout.UNIT;
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
