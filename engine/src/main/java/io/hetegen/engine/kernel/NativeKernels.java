package io.hetegen.engine.kernel;

import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.KvPage;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import java.util.List;

/** The kernels in C for one instruction set. What a call into C would not make faster stays in Java. */
final class NativeKernels implements Kernels {

    /** Of the types that have no kernel in C yet. */
    private static final int NONE = -1;

    private static final int BLOCK = 32;
    private static final int SUPERBLOCK = 256;

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
        if (x.isQuantizedBy(BLOCK)) {
            NativeCalls.quantize(handle, x.values(), start, end, x.quants(BLOCK), x.scales(BLOCK));
        }
        if (x.isQuantizedBy(SUPERBLOCK)) {
            ReferenceKernels.quantize(x, SUPERBLOCK, start, end);
        }
    }

    @Override
    public void multiply(RowTiles w, int fromTile, int toTile, Activations x, int tokens, float[] y, Scratch scratch) {
        w.checkOpen();
        int type = type(w.layout().dtype());
        if (type == NONE) {
            java.multiply(w, fromTile, toTile, x, tokens, y, scratch);
            return;
        }
        int count;
        for (int tile = fromTile; tile < toTile; tile += count) {
            count = Math.min(toTile, w.endOfChunk(tile)) - tile;
            NativeCalls.multiply(
                    handle,
                    type,
                    w.chunk(tile),
                    w.offset(tile),
                    count,
                    Math.toIntExact(w.layout().tileBytes()),
                    w.columns(),
                    x.values(),
                    x.quants(BLOCK),
                    x.scales(BLOCK),
                    tokens,
                    y,
                    w.rows(),
                    tile * TileLayout.ROWS);
        }
    }

    private static int type(DType dtype) {
        return switch (dtype) {
            case F32 -> 0;
            case F16 -> 1;
            case BF16 -> 2;
            case Q8_0 -> 3;
            case Q4_0 -> 4;
            case Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, MXFP4 -> NONE;
        };
    }

    @Override
    public void row(RowTiles w, int row, float[] target, int offset) {
        java.row(w, row, target, offset);
    }

    @Override
    public void rmsNorm(float[] x, int offset, float[] weight, float eps, float[] target, int targetOffset) {
        NativeCalls.rmsNorm(handle, x, offset, weight, weight.length, eps, target, targetOffset);
    }

    @Override
    public void layerNorm(
            float[] x, int offset, float[] weight, float[] bias, float eps, float[] target, int targetOffset) {
        java.layerNorm(x, offset, weight, bias, eps, target, targetOffset);
    }

    @Override
    public void rope(float[] x, int offset, float[] table, int tableOffset, int pairs, RopePairs kind) {
        java.rope(x, offset, table, tableOffset, pairs, kind);
    }

    @Override
    public void attention(AttentionBlock block, List<KvPage> pages, float[] query, float[] output, Scratch scratch) {
        int chunks = (block.firstPosition() + block.tokens() - 1) / KvPage.POSITIONS + 1;
        Object[] keys = new Object[chunks];
        Object[] values = new Object[chunks];
        for (int chunk = 0; chunk < chunks; chunk++) {
            keys[chunk] = pages.get(chunk).keyArray();
            values[chunk] = pages.get(chunk).valueArray();
        }
        int firstHead = block.keyValueHead() * block.headsPerKeyValueHead();
        NativeCalls.attention(
                handle,
                keys,
                values,
                keys[0] instanceof short[],
                pages.get(0).headOffset(block.keyValueHead()),
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
