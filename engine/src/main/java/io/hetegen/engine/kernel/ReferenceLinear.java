package io.hetegen.engine.kernel;

import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import java.util.Arrays;

/**
 * The matrix product of docs/arithmetic.md, "Linear". Up to {@link LinearScratch#PANEL_TILES} tiles are unpacked
 * side by side, 32 columns at a time, and multiplied with a block of tokens; the inner loops run over output rows, so
 * that the compiler can vectorize them without touching the order of any sum.
 */
final class ReferenceLinear {

    private final RowTiles w;
    private final TileLayout layout;
    private final DType dtype;
    private final Activations x;
    private final LinearScratch scratch;

    ReferenceLinear(RowTiles w, Activations x, LinearScratch scratch) {
        this.w = w;
        this.layout = w.layout();
        this.dtype = layout.dtype();
        this.x = x;
        this.scratch = scratch;
    }

    void multiply(int fromTile, int toTile, int tokens, float[] y) {
        for (int tile = fromTile; tile < toTile; tile += LinearScratch.PANEL_TILES) {
            int tiles = Math.min(LinearScratch.PANEL_TILES, toTile - tile);
            for (int token = 0; token < tokens; token += LinearScratch.TOKENS) {
                multiplyPanel(tile, tiles, token, Math.min(LinearScratch.TOKENS, tokens - token), y);
            }
        }
    }

    private void multiplyPanel(int firstTile, int tiles, int firstToken, int tokens, float[] y) {
        int lanes = tiles * TileLayout.ROWS;
        clear(scratch.sums, tokens, lanes);
        for (int segment = 0; segment < layout.segments(); segment++) {
            clear(scratch.segmentSums, tokens, lanes);
            int columns = layout.segmentColumns(segment);
            PanelReader[] readers = new PanelReader[tiles];
            for (int tile = 0; tile < tiles; tile++) {
                readers[tile] = new PanelReader(
                        w, firstTile + tile, segment, 0, TileLayout.ROWS, scratch.panel, tile * TileLayout.ROWS);
            }
            for (int column = 0; column < columns; column += WeightPanel.COLUMNS) {
                int count = Math.min(WeightPanel.COLUMNS, columns - column);
                for (PanelReader reader : readers) {
                    reader.read(column, count);
                }
                int at = segment * TileLayout.SEGMENT + column;
                for (int token = 0; token < tokens; token++) {
                    addTerms(firstToken + token, at, count, token, lanes);
                }
            }
            for (int token = 0; token < tokens; token++) {
                addAll(scratch.sums[token], scratch.segmentSums[token], lanes);
            }
        }
        int firstRow = firstTile * TileLayout.ROWS;
        int rows = Math.min(lanes, layout.rows() - firstRow);
        for (int token = 0; token < tokens; token++) {
            int target = (firstToken + token) * layout.rows() + firstRow;
            System.arraycopy(scratch.sums[token], 0, y, target, rows);
        }
    }

    private static void clear(float[][] sums, int tokens, int lanes) {
        for (int token = 0; token < tokens; token++) {
            Arrays.fill(sums[token], 0, lanes, 0);
        }
    }

    /** Adds the terms of one panel to the segment sums of one token, or prepares the term of a block of 256. */
    private void addTerms(int token, int column, int count, int slot, int lanes) {
        int at = token * x.columns() + column;
        if (!dtype.isQuantized()) {
            System.arraycopy(x.values(), at, scratch.x, 0, count);
            addProducts(scratch.panel.columns, 0, count, lanes, scratch.x, scratch.segmentSums[slot]);
            return;
        }
        byte[] quants = x.quants(dtype.blockSize());
        for (int k = 0; k < count; k++) {
            scratch.x[k] = quants[at + k];
        }
        float dx = x.scales(dtype.blockSize())[at / dtype.blockSize()];
        if (dtype.blockSize() == WeightPanel.COLUMNS) {
            addBlock(dx, scratch.segmentSums[slot], lanes);
            return;
        }
        if (column % dtype.blockSize() == 0) {
            Arrays.fill(scratch.scaledDots[slot], 0, lanes, 0);
            Arrays.fill(scratch.scaledSums[slot], 0, lanes, 0);
        }
        addGroups(scratch.scaledDots[slot], scratch.scaledSums[slot], lanes);
        if ((column + WeightPanel.COLUMNS) % dtype.blockSize() == 0) {
            addSuperblock(scratch.scaledDots[slot], scratch.scaledSums[slot], dx, scratch.segmentSums[slot], lanes);
        }
    }

    private void addBlock(float dx, float[] sums, int lanes) {
        // Sums of 32 products of at most 2^14 are integers below 2^24: exact in a float, whatever the order.
        Arrays.fill(scratch.dots, 0, lanes, 0);
        addProducts(scratch.panel.columns, 0, WeightPanel.COLUMNS, lanes, scratch.x, scratch.dots);
        addScaled(scratch.dots, scratch.panel.d, dx, sums, lanes);
        if (dtype.hasMinimum()) {
            float sum = sumOfX(0, WeightPanel.COLUMNS);
            float[] dmin = scratch.panel.dmin;
            for (int i = 0; i < lanes; i++) {
                sums[i] = Fma.fma(sum, -(dmin[i] * dx), sums[i]);
            }
        }
    }

    private void addGroups(int[] scaledDots, int[] scaledSums, int lanes) {
        for (int group = 0; group < WeightPanel.GROUPS; group++) {
            int from = group * WeightPanel.GROUP;
            Arrays.fill(scratch.dots, 0, lanes, 0);
            addProducts(scratch.panel.columns, from, from + WeightPanel.GROUP, lanes, scratch.x, scratch.dots);
            int[] scales = scratch.panel.scales[group];
            for (int i = 0; i < lanes; i++) {
                scaledDots[i] += scales[i] * (int) scratch.dots[i];
            }
            if (dtype.hasMinimum()) {
                int sum = sumOfX(from, from + WeightPanel.GROUP);
                int[] mins = scratch.panel.mins[group];
                for (int i = 0; i < lanes; i++) {
                    scaledSums[i] += mins[i] * sum;
                }
            }
        }
    }

    private void addSuperblock(int[] scaledDots, int[] scaledSums, float dx, float[] sums, int lanes) {
        float[] d = scratch.panel.d;
        float[] dmin = scratch.panel.dmin;
        for (int i = 0; i < lanes; i++) {
            sums[i] = Fma.fma((float) scaledDots[i], d[i] * dx, sums[i]);
        }
        if (dtype.hasMinimum()) {
            for (int i = 0; i < lanes; i++) {
                sums[i] = Fma.fma((float) scaledSums[i], -(dmin[i] * dx), sums[i]);
            }
        }
    }

    private int sumOfX(int from, int to) {
        int sum = 0;
        for (int k = from; k < to; k++) {
            sum += (int) scratch.x[k];
        }
        return sum;
    }

    /** sums[lane] = fma(panel[k][lane], x[k], sums[lane]) for k in order. */
    private static void addProducts(float[][] panel, int from, int to, int lanes, float[] x, float[] sums) {
        int k = from;
        for (; k + 4 <= to; k += 4) {
            addFour(panel, k, lanes, x, sums);
        }
        for (; k < to; k++) {
            float[] w = panel[k];
            float xk = x[k];
            for (int i = 0; i < lanes; i++) {
                sums[i] = Fma.fma(w[i], xk, sums[i]);
            }
        }
    }

    private static void addFour(float[][] panel, int k, int lanes, float[] x, float[] sums) {
        float[] w0 = panel[k];
        float[] w1 = panel[k + 1];
        float[] w2 = panel[k + 2];
        float[] w3 = panel[k + 3];
        float x0 = x[k];
        float x1 = x[k + 1];
        float x2 = x[k + 2];
        float x3 = x[k + 3];
        for (int i = 0; i < lanes; i++) {
            float sum = Fma.fma(w0[i], x0, sums[i]);
            sum = Fma.fma(w1[i], x1, sum);
            sum = Fma.fma(w2[i], x2, sum);
            sums[i] = Fma.fma(w3[i], x3, sum);
        }
    }

    private static void addScaled(float[] dots, float[] scales, float scale, float[] sums, int lanes) {
        for (int i = 0; i < lanes; i++) {
            sums[i] = Fma.fma(dots[i], scales[i] * scale, sums[i]);
        }
    }

    private static void addAll(float[] sums, float[] terms, int lanes) {
        for (int i = 0; i < lanes; i++) {
            sums[i] += terms[i];
        }
    }
}
