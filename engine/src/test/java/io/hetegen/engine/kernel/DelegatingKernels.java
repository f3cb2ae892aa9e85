package io.hetegen.engine.kernel;

import io.hetegen.engine.tensor.KvPage;
import io.hetegen.engine.tensor.RowTiles;
import java.util.List;
import java.util.function.IntConsumer;

/** Other kernels, with something that happens at each product. */
public final class DelegatingKernels implements Kernels {

    private final Kernels kernels;
    private final IntConsumer onTiles;

    /** @param onTiles gets the number of tiles that were multiplied */
    public DelegatingKernels(Kernels kernels, IntConsumer onTiles) {
        this.kernels = kernels;
        this.onTiles = onTiles;
    }

    @Override
    public void multiply(RowTiles w, int fromTile, int toTile, Activations x, int tokens, float[] y, Scratch scratch) {
        kernels.multiply(w, fromTile, toTile, x, tokens, y, scratch);
        onTiles.accept(toTile - fromTile);
    }

    @Override
    public void quantize(Activations x, int from, int to) {
        kernels.quantize(x, from, to);
    }

    @Override
    public void row(RowTiles w, int row, float[] target, int offset) {
        kernels.row(w, row, target, offset);
    }

    @Override
    public void rmsNorm(float[] x, int offset, float[] weight, float eps, float[] target, int targetOffset) {
        kernels.rmsNorm(x, offset, weight, eps, target, targetOffset);
    }

    @Override
    public void layerNorm(
            float[] x, int offset, float[] weight, float[] bias, float eps, float[] target, int targetOffset) {
        kernels.layerNorm(x, offset, weight, bias, eps, target, targetOffset);
    }

    @Override
    public void rope(float[] x, int offset, float[] table, int tableOffset, int pairs, RopePairs kind) {
        kernels.rope(x, offset, table, tableOffset, pairs, kind);
    }

    @Override
    public void attention(AttentionBlock block, List<KvPage> pages, float[] query, float[] output, Scratch scratch) {
        kernels.attention(block, pages, query, output, scratch);
    }

    @Override
    public void swiGlu(float[] gate, float[] up, float[] target, int from, int to) {
        kernels.swiGlu(gate, up, target, from, to);
    }

    @Override
    public void relu(float[] x, float[] target, int from, int to) {
        kernels.relu(x, target, from, to);
    }

    @Override
    public void add(float[] x, float[] y, int from, int to) {
        kernels.add(x, y, from, to);
    }
}
