package io.hetegen.engine.kernel;

import io.hetegen.engine.tensor.KvPage;
import io.hetegen.engine.tensor.RowTiles;
import java.util.List;

/**
 * The arithmetic of docs/arithmetic.md. Every implementation gives the same bits. Stateless: what a call needs
 * besides its arguments is in the {@link Scratch}, which belongs to one thread.
 */
public interface Kernels {

    /** Quantizes the rows of the tokens [from, to), in each form that {@link Activations#resizeQuantized} asked for. */
    void quantize(Activations x, int from, int to);

    /**
     * y = W x for the rows of the tiles [fromTile, toTile) and all tokens.
     *
     * @param x quantized if the weights are
     * @param y [token][row of W]
     */
    void multiply(RowTiles w, int fromTile, int toTile, Activations x, int tokens, float[] y, Scratch scratch);

    /** The values of one row of W, as an embedding reads them. */
    void row(RowTiles w, int row, float[] target, int offset);

    /** target = x / rms(x) * weight over weight.length elements. */
    void rmsNorm(float[] x, int offset, float[] weight, float eps, float[] target, int targetOffset);

    /** target = (x - mean) / deviation * weight + bias over weight.length elements. */
    void layerNorm(float[] x, int offset, float[] weight, float[] bias, float eps, float[] target, int targetOffset);

    /**
     * Rotates the leading elements of a head in place.
     *
     * @param table cosine and sine of each pair in turn
     */
    void rope(float[] x, int offset, float[] table, int tableOffset, int pairs, RopePairs kind);

    /** Causal attention of a block of queries, for the query heads that share one key and value head. */
    void attention(AttentionBlock block, List<KvPage> pages, float[] query, float[] output, Scratch scratch);

    /** target = silu(gate) * up for the elements [from, to); the target may be one of the operands. */
    void swiGlu(float[] gate, float[] up, float[] target, int from, int to);

    /** target = max(0, x) for the elements [from, to); the target may be x. */
    void relu(float[] x, float[] target, int from, int to);

    /** x += y for the elements [from, to). */
    void add(float[] x, float[] y, int from, int to);

    /**
     * Queries at consecutive positions.
     *
     * @param keyValueHead head whose keys and values are read
     * @param headsPerKeyValueHead query heads that read them
     * @param rowSize elements of a token's queries (and outputs)
     * @param firstRow row of the first query in the query and output arrays
     * @param firstPosition position of the first query; positions from 0 to its own are seen
     */
    record AttentionBlock(
            int keyValueHead,
            int headsPerKeyValueHead,
            int headDim,
            int rowSize,
            int firstRow,
            int firstPosition,
            int tokens) {}
}
