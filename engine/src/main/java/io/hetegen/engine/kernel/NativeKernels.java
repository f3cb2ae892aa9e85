package io.hetegen.engine.kernel;

import io.hetegen.engine.KvType;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.KvPage;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import java.util.List;

/** The kernels in C for one instruction set. What a call into C would not make faster stays in Java. */
final class NativeKernels implements Kernels {

    /** Of float weights, which multiply the activations as they are. */
    private static final byte[] NO_QUANTS = {};

    private static final float[] NO_SCALES = {};

    private final long handle;
    private final Kernels java = new ReferenceKernels();

    /** @param handle from {@link NativeCalls}, not 0 */
    NativeKernels(long handle) {
        this.handle = handle;
    }

    @Override
    public void quantize(Activations x, int from, int to) {
        int start = from * x.columns();
        int end = to * x.columns();
        for (int block : Arithmetic.ACTIVATION_BLOCKS) {
            if (x.isQuantizedBy(block)) {
                NativeCalls.quantize(handle, block, x.values(), start, end, x.quants(block), x.scales(block));
            }
        }
    }

    @Override
    public void multiply(RowTiles w, int fromTile, int toTile, Activations x, int tokens, float[] y, Scratch scratch) {
        w.checkOpen();
        DType dtype = w.layout().dtype();
        int type = type(dtype);
        byte[] quants = dtype.isQuantized() ? x.quants(dtype.blockSize()) : NO_QUANTS;
        float[] scales = dtype.isQuantized() ? x.scales(dtype.blockSize()) : NO_SCALES;
        int count;
        for (int tile = fromTile; tile < toTile; tile += count) {
            count = Math.min(toTile, w.endOfChunk(tile)) - tile;
            NativeCalls.multiply(
                    handle,
                    type,
                    dtype.blockSize(),
                    w.chunk(tile),
                    w.offset(tile),
                    count,
                    Math.toIntExact(w.layout().tileBytes()),
                    w.columns(),
                    x.values(),
                    quants,
                    scales,
                    tokens,
                    y,
                    w.rows(),
                    tile * TileLayout.ROWS);
        }
    }

    /** The number of a type in kernels.h. */
    static int type(DType dtype) {
        return switch (dtype) {
            case F32 -> 0;
            case F16 -> 1;
            case BF16 -> 2;
            case Q8_0 -> 3;
            case Q4_0 -> 4;
            case Q4_1 -> 5;
            case Q5_0 -> 6;
            case Q5_1 -> 7;
            case Q2_K -> 8;
            case Q3_K -> 9;
            case Q4_K -> 10;
            case Q5_K -> 11;
            case Q6_K -> 12;
            case IQ4_NL -> 13;
            case IQ4_XS -> 14;
            case MXFP4 -> 15;
        };
    }

    @Override
    public void row(RowTiles w, int row, float[] target, int offset) {
        java.row(w, row, target, offset);
    }

    @Override
    public void rmsNorm(float[] x, int offset, float[] weight, float eps, float[] target, int targetOffset) {
        NativeCalls.norm(handle, x, offset, weight, null, weight.length, eps, target, targetOffset);
    }

    @Override
    public void layerNorm(
            float[] x, int offset, float[] weight, float[] bias, float eps, float[] target, int targetOffset) {
        NativeCalls.norm(handle, x, offset, weight, bias, weight.length, eps, target, targetOffset);
    }

    @Override
    public void rope(float[] x, int offset, float[] table, int tableOffset, int pairs, RopePairs kind) {
        java.rope(x, offset, table, tableOffset, pairs, kind);
    }

    @Override
    public void attention(AttentionBlock block, List<KvPage> pages, float[] query, float[] output, Scratch scratch) {
        int chunks = (block.firstPosition() + block.tokens() - 1) / KvPage.POSITIONS + 1;
        long[] addresses = new long[chunks];
        for (int chunk = 0; chunk < chunks; chunk++) {
            addresses[chunk] = pages.get(chunk).address();
        }
        KvPage page = pages.get(0);
        int firstHead = block.keyValueHead() * block.headsPerKeyValueHead();
        NativeCalls.attention(
                handle,
                addresses,
                page.valuesOffset(),
                page.type() == KvType.F16,
                page.headOffset(block.keyValueHead()),
                block.headDim(),
                block.headsPerKeyValueHead(),
                block.tokens(),
                block.firstPosition(),
                1 / (float) Math.sqrt(block.headDim()),
                query,
                output,
                block.firstRow() * block.rowSize() + firstHead * block.headDim(),
                block.rowSize());
    }

    @Override
    public void swiGlu(float[] gate, float[] up, float[] target, int from, int to) {
        NativeCalls.swiGlu(handle, gate, up, target, from, to);
    }

    @Override
    public void relu(float[] x, float[] target, int from, int to) {
        java.relu(x, target, from, to);
    }

    @Override
    public void add(float[] x, float[] y, int from, int to) {
        java.add(x, y, from, to);
    }
}
