package io.hetegen.engine.kernel;

import io.hetegen.engine.tensor.TileLayout;

/** What {@link ReferenceLinear} works in: sized so that a panel and the sums of a token block stay in the cache. */
final class LinearScratch {

    /** Tiles that are multiplied side by side. */
    static final int PANEL_TILES = 16;

    /** Tokens that share one unpacking of the weights. */
    static final int TOKENS = 64;

    private static final int LANES = PANEL_TILES * TileLayout.ROWS;

    /** By lane, a lane being a row of the panel's tiles. */
    final WeightPanel panel = new WeightPanel(LANES);

    /** The activations that meet the panel. */
    final float[] x = new float[WeightPanel.COLUMNS];

    /** Dot products of one block or group, by lane. */
    final float[] dots = new float[LANES];

    /** [token][lane], sums of scale times dot product in the current block of 256. */
    final int[][] scaledDots = new int[TOKENS][LANES];

    /** [token][lane], sums of minimum times sum of activations in the current block of 256. */
    final int[][] scaledSums = new int[TOKENS][LANES];

    /** [token][lane], sums of the current segment. */
    final float[][] segmentSums = new float[TOKENS][LANES];

    /** [token][lane], sums of the segments so far. */
    final float[][] sums = new float[TOKENS][LANES];
}
