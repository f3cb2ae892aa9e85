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
        clear(scratch.sums, tokens, lanes);
        for (int segment = 0; segment < layout.segments(); segment++) {
            clear(scratch.segmentSums, tokens, lanes);
            int columns = layout.segmentColumns(segment);
            for (int column = 0; column < columns; column += LinearScratch.PANEL_COLUMNS) {
                int count = Math.min(LinearScratch.PANEL_COLUMNS, columns - column);
                for (int tile = 0; tile < tiles; tile++) {
                    unpack(firstTile + tile, segment, column, count, tile * TileLayout.ROWS);
                }
                for (int token = 0; token < tokens; token++) {
                    int firstColumn = segment * TileLayout.SEGMENT + column;
                    addTerms(firstToken + token, firstColumn, count, scratch.segmentSums[token], lanes);
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

    /** Adds the terms of one panel to the segment sums of one token. */
    private void addTerms(int token, int column, int count, float[] sums, int lanes) {
        int at = token * x.columns() + column;
        if (!quantized) {
            System.arraycopy(x.values(), at, scratch.x, 0, count);
            addProducts(scratch.panel, count, lanes, scratch.x, sums);
            return;
        }
        for (int k = 0; k < count; k++) {
            scratch.x[k] = x.quants()[at + k];
        }
        // Sums of 32 products of at most 2^14 are integers below 2^24: exact in a float, whatever the order.
        Arrays.fill(scratch.dots, 0, lanes, 0);
        addProducts(scratch.panel, count, lanes, scratch.x, scratch.dots);
        addScaled(scratch.dots, scratch.scales, x.scales()[at / LinearScratch.PANEL_COLUMNS], sums, lanes);
    }

    /** sums[lane] = fma(panel[k][lane], x[k], sums[lane]) for k in order. */
    private static void addProducts(float[][] panel, int count, int lanes, float[] x, float[] sums) {
        int k = 0;
        for (; k + 4 <= count; k += 4) {
            addFour(panel, k, lanes, x, sums);
        }
        for (; k < count; k++) {
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

    /** Brings columns of one tile into the panel's lanes from {@code lane} on. */
    private void unpack(int tile, int segment, int column, int count, int lane) {
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
            unpackUnit(bytes, data + unit * TileLayout.ROWS * TileLayout.UNIT, unit, lane);
        }
    }

    /** One unit of all rows of a tile. */
    private void unpackUnit(ByteBuffer bytes, int from, int unit, int lane) {
        float[][] panel = scratch.panel;
        switch (layout.dtype()) {
            case F32 -> {
                for (int row = 0; row < TileLayout.ROWS; row++) {
                    panel[unit][lane + row] = bytes.getFloat(from + row * TileLayout.UNIT);
                }
            }
            case F16 -> {
                for (int row = 0; row < TileLayout.ROWS; row++) {
                    int word = bytes.getInt(from + row * TileLayout.UNIT);
                    panel[2 * unit][lane + row] = Float16.toFloat((short) word);
                    panel[2 * unit + 1][lane + row] = Float16.toFloat((short) (word >>> 16));
                }
            }
            case BF16 -> {
                for (int row = 0; row < TileLayout.ROWS; row++) {
                    int word = bytes.getInt(from + row * TileLayout.UNIT);
                    panel[2 * unit][lane + row] = Float16.bfloatToFloat((short) word);
                    panel[2 * unit + 1][lane + row] = Float16.bfloatToFloat((short) (word >>> 16));
                }
            }
            case Q8_0 -> {
                for (int j = 0; j < TileLayout.UNIT; j++) {
                    float[] column = panel[TileLayout.UNIT * unit + j];
                    for (int row = 0; row < TileLayout.ROWS; row++) {
                        column[lane + row] = (bytes.get(from + row * TileLayout.UNIT + j) & 0xff) - 128;
                    }
                }
            }
            case Q4_0 -> {
                for (int j = 0; j < TileLayout.UNIT; j++) {
                    float[] low = panel[TileLayout.UNIT * unit + j];
                    float[] high = panel[TileLayout.UNIT * unit + j + 16];
                    for (int row = 0; row < TileLayout.ROWS; row++) {
                        int pair = bytes.get(from + row * TileLayout.UNIT + j);
                        low[lane + row] = (pair & 0xf) - 8;
                        high[lane + row] = (pair >> 4 & 0xf) - 8;
                    }
                }
            }
        }
    }
}
