package io.hetegen.engine.model;

import io.hetegen.engine.kernel.Kernels;
import io.hetegen.engine.linear.Compute;
import io.hetegen.engine.tensor.RowTiles;
import org.jspecify.annotations.Nullable;

/**
 * The vectors that ids, and where they are learned positions, stand for.
 *
 * @param positions null where positions are rotary
 */
record Embedding(RowTiles tokens, @Nullable RowTiles positions) {

    /**
     * Bytes of which a token reads a row only.
     *
     * @param tied whether the tokens' table also is the output matrix, which is read whole
     */
    long tableBytes(boolean tied) {
        return (tied ? 0 : tokens.bytes()) + (positions == null ? 0 : positions.bytes());
    }

    /** From the batch's ids and positions to work.residual. */
    void forward(Batch batch, Workspace work, Compute compute) {
        int size = tokens.columns();
        Kernels kernels = compute.kernels();
        compute.forEachToken(batch.tokens(), (from, to) -> {
            for (int token = from; token < to; token++) {
                kernels.row(tokens, batch.id(token), work.residual, token * size);
                if (positions != null) {
                    int row = batch.position(token) + Family.PositionKind.LEARNED_OFFSET;
                    kernels.row(positions, row, work.delta, token * size);
                }
            }
            if (positions != null) {
                kernels.add(work.residual, work.delta, from * size, to * size);
            }
        });
    }
}
