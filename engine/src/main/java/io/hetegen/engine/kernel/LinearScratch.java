package io.hetegen.engine.kernel;

import io.hetegen.engine.tensor.TileLayout;

/** What {@link ReferenceLinear} works in: sized so that a panel and the sums of a token block stay in the cache. */
final class LinearScratch {

    /** Tiles that are multiplied side by side. */
    static final int PANEL_TILES = 16;

    /** Columns of a panel: the block of the quantized types. */
    static final int PANEL_COLUMNS = Arithmetic.ACTIVATION_BLOCK;

    /** Tokens that share one unpacking of the weights. */
    static final int TOKENS = 64;

    private static final int LANES = PANEL_TILES * TileLayout.ROWS;

    /**
     * [column][lane], a lane being a row of the panel's tiles. An array per column, because loops over one index that
     * starts at 0 in every array are what the compiler vectorizes.
     */
    final float[][] panel = new float[PANEL_COLUMNS][LANES];

    /** Scales of the block in the panel, by lane. */
    final float[] scales = new float[LANES];

    /** The activations that meet the panel. */
    final float[] x = new float[PANEL_COLUMNS];

    /** Dot products of one block, by lane. */
    final float[] dots = new float[LANES];

    /** [token][lane], sums of the current segment. */
    final float[][] segmentSums = new float[TOKENS][LANES];

    /** [token][lane], sums of the segments so far. */
    final float[][] sums = new float[TOKENS][LANES];
}
