package io.hetegen.engine.kernel;

import io.hetegen.engine.tensor.Float16;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The matrix product of docs/arithmetic.md, "Linear". Up to {@link LinearScratch#PANEL_TILES} tiles are unpacked
 * side by side, 32 columns at a time, and multiplied with a block of tokens; the inner loops run over output rows, so
 * that the compiler can vectorize them without touching the order of any sum.
 */
final class ReferenceLinear {

    private final RowTiles w;
    private final TileLayout layout;
    private final boolean quantized;
    private final Activations x;
    private final LinearScratch scratch;

    ReferenceLinear(RowTiles w, Activations x, LinearScratch scratch) {
        this.w = w;
        this.layout = w.layout();
        this.quantized = layout.blockScaleBytes() > 0;
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
        Arrays.fill(scratch.sums, 0, tokens * lanes, 0);
        for (int segment = 0; segment < layout.segments(); segment++) {
            Arrays.fill(scratch.segmentSums, 0, tokens * lanes, 0);
            int columns = layout.segmentColumns(segment);
            for (int column = 0; column < columns; column += LinearScratch.PANEL_COLUMNS) {
                int count = Math.min(LinearScratch.PANEL_COLUMNS, columns - column);
                for (int tile = 0; tile < tiles; tile++) {
                    unpack(firstTile + tile, segment, column, count, tile * TileLayout.ROWS, lanes);
                }
                for (int token = 0; token < tokens; token++) {
                    int firstColumn = segment * TileLayout.SEGMENT + column;
                    addTerms(firstToken + token, firstColumn, count, token * lanes, lanes);
                }
            }
            addAll(scratch.sums, scratch.segmentSums, tokens * lanes);
        }
        int firstRow = firstTile * TileLayout.ROWS;
        int rows = Math.min(lanes, layout.rows() - firstRow);
        for (int token = 0; token < tokens; token++) {
            int target = (firstToken + token) * layout.rows() + firstRow;
            System.arraycopy(scratch.sums, token * lanes, y, target, rows);
        }
    }

    /** Adds the terms of one panel to the segment sums of one token. */
    private void addTerms(int token, int column, int count, int sums, int lanes) {
        int at = token * x.columns() + column;
        if (!quantized) {
            System.arraycopy(x.values(), at, scratch.x, 0, count);
            addProducts(scratch.panel, count, lanes, scratch.x, scratch.segmentSums, sums);
            return;
        }
        for (int k = 0; k < count; k++) {
            scratch.x[k] = x.quants()[at + k];
        }
        // Sums of 32 products below 2^14 are integers below 2^24: exact in a float, whatever the order.
        Arrays.fill(scratch.dots, 0, lanes, 0);
        addProducts(scratch.panel, count, lanes, scratch.x, scratch.dots, 0);
        addScaled(
                scratch.dots,
                scratch.scales,
                x.scales()[at / LinearScratch.PANEL_COLUMNS],
                scratch.segmentSums,
                sums,
                lanes);
    }

    /** sums[lane] = fma(panel[k][lane], x[k], sums[lane]) for k in order. */
    private static void addProducts(float[] panel, int count, int lanes, float[] x, float[] sums, int offset) {
        int k = 0;
        for (; k + 8 <= count; k += 8) {
            addEight(panel, k * lanes, lanes, x, k, sums, offset);
        }
        for (; k < count; k++) {
            float xk = x[k];
            int row = k * lanes;
            for (int i = 0; i < lanes; i++) {
                sums[offset + i] = Fma.fma(panel[row + i], xk, sums[offset + i]);
            }
        }
    }

    private static void addEight(float[] panel, int row, int lanes, float[] x, int k, float[] sums, int offset) {
        float x0 = x[k];
        float x1 = x[k + 1];
        float x2 = x[k + 2];
        float x3 = x[k + 3];
        float x4 = x[k + 4];
        float x5 = x[k + 5];
        float x6 = x[k + 6];
        float x7 = x[k + 7];
        int row1 = row + lanes;
        int row2 = row1 + lanes;
        int row3 = row2 + lanes;
        int row4 = row3 + lanes;
        int row5 = row4 + lanes;
        int row6 = row5 + lanes;
        int row7 = row6 + lanes;
        for (int i = 0; i < lanes; i++) {
            float sum = Fma.fma(panel[row + i], x0, sums[offset + i]);
            sum = Fma.fma(panel[row1 + i], x1, sum);
            sum = Fma.fma(panel[row2 + i], x2, sum);
            sum = Fma.fma(panel[row3 + i], x3, sum);
            sum = Fma.fma(panel[row4 + i], x4, sum);
            sum = Fma.fma(panel[row5 + i], x5, sum);
            sum = Fma.fma(panel[row6 + i], x6, sum);
            sums[offset + i] = Fma.fma(panel[row7 + i], x7, sum);
        }
    }

    private static void addScaled(float[] dots, float[] scales, float scale, float[] sums, int offset, int lanes) {
        for (int i = 0; i < lanes; i++) {
            sums[offset + i] = Fma.fma(dots[i], scales[i] * scale, sums[offset + i]);
        }
    }

    private static void addAll(float[] sums, float[] terms, int length) {
        for (int i = 0; i < length; i++) {
            sums[i] += terms[i];
        }
    }

    /** Brings columns of one tile into the panel's lanes from {@code lane} on. */
    private void unpack(int tile, int segment, int column, int count, int lane, int lanes) {
        ByteBuffer bytes = w.chunk(tile);
        int start = w.offset(tile) + (int) layout.segmentOffset(segment);
        int data = start + layout.dataOffset(segment) + layout.rowDataBytes(column) * TileLayout.ROWS;
        if (quantized) {
            int scales = start + column / layout.dtype().blockSize() * layout.blockScaleBytes() * TileLayout.ROWS;
            for (int row = 0; row < TileLayout.ROWS; row++) {
                scratch.scales[lane + row] = Float16.toFloat(bytes.getShort(scales + row * layout.blockScaleBytes()));
            }
        }
        int units = layout.rowDataBytes(count) / TileLayout.UNIT;
        for (int unit = 0; unit < units; unit++) {
            for (int row = 0; row < TileLayout.ROWS; row++) {
                int word = bytes.getInt(data + (unit * TileLayout.ROWS + row) * TileLayout.UNIT);
                unpackUnit(word, unit, lane + row, lanes);
            }
        }
    }

    private void unpackUnit(int word, int unit, int lane, int lanes) {
        float[] panel = scratch.panel;
        switch (layout.dtype()) {
            case F32 -> panel[unit * lanes + lane] = Float.intBitsToFloat(word);
            case F16 -> {
                panel[2 * unit * lanes + lane] = Float16.toFloat((short) word);
                panel[(2 * unit + 1) * lanes + lane] = Float16.toFloat((short) (word >>> 16));
            }
            case BF16 -> {
                panel[2 * unit * lanes + lane] = Float16.bfloatToFloat((short) word);
                panel[(2 * unit + 1) * lanes + lane] = Float16.bfloatToFloat((short) (word >>> 16));
            }
            case Q8_0 -> {
                for (int j = 0; j < TileLayout.UNIT; j++) {
                    panel[(unit * TileLayout.UNIT + j) * lanes + lane] = (word >>> 8 * j & 0xff) - 128;
                }
            }
            case Q4_0 -> {
                for (int j = 0; j < TileLayout.UNIT; j++) {
                    int at = (unit * TileLayout.UNIT + j) * lanes + lane;
                    panel[at] = (word >>> 8 * j & 0xf) - 8;
                    panel[at + 16 * lanes] = (word >>> 8 * j + 4 & 0xf) - 8;
                }
            }
        }
    }
}
