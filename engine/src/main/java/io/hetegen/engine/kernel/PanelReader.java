package io.hetegen.engine.kernel;

import io.hetegen.engine.tensor.Float16;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Brings 32 columns of a tile from their packed form into a {@link WeightPanel}: the one place that knows what the bits
 * of each type mean (docs/arithmetic.md, "Row tiles"; after ggml's {@code dequantize_row_*}, ggml-quants.c).
 */
final class PanelReader {

    /** ggml's {@code kvalues_iq4nl}. */
    private static final float[] IQ4 = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    /** The numbers of E2M1 doubled, so that they are integers; the block's scale is halved in return. */
    private static final float[] E2M1_DOUBLED = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    private final TileLayout layout;
    private final WeightPanel panel;
    private final int[] planeStarts;
    private final ByteBuffer bytes;
    private final int fromRow;
    private final int toRow;
    private final int lane;

    /**
     * @param fromRow first row, of the tile's 16, that is read
     * @param lane of the panel, for the first row
     */
    PanelReader(RowTiles w, int tile, int segment, int fromRow, int toRow, WeightPanel panel, int lane) {
        this.layout = w.layout();
        this.bytes = w.chunk(tile);
        this.panel = panel;
        this.fromRow = fromRow;
        this.toRow = toRow;
        this.lane = lane - fromRow;
        int start = w.offset(tile) + (int) layout.segmentOffset(segment);
        planeStarts = new int[layout.dtype().planes().size()];
        for (int i = 0; i < planeStarts.length; i++) {
            planeStarts[i] = start + layout.planeOffset(segment, i);
        }
    }

    /**
     * @param column of the segment, a multiple of 32
     * @param count 32, or fewer at the end of a row of a float type
     */
    void read(int column, int count) {
        int block = column / layout.dtype().blockSize();
        int part = column % layout.dtype().blockSize() / WeightPanel.COLUMNS;
        switch (layout.dtype()) {
            case F32 -> floats(column, count);
            case F16 -> halves(column, count, false);
            case BF16 -> halves(column, count, true);
            case Q8_0 -> {
                scale(0, block);
                quants(1, 32 * block, 0, 32, 0, 0xff, -128);
            }
            case Q4_0 -> {
                scale(0, block);
                nibbles(1, block, -8);
            }
            case Q4_1 -> {
                scale(0, block);
                minimum(1, block);
                nibbles(2, block, 0);
            }
            case Q5_0 -> {
                scale(0, block);
                nibbles(1, block, -16);
                fifthBits(2, block);
            }
            case Q5_1 -> {
                scale(0, block);
                minimum(1, block);
                nibbles(2, block, 0);
                fifthBits(3, block);
            }
            case Q2_K -> {
                halves(0, block, panel.d);
                halves(1, block, panel.dmin);
                q2Scales(2, block, part);
                quants(3, 64 * block + 32 * (part / 4), 0, 32, 2 * (part % 4), 3, 0);
            }
            case Q3_K -> {
                halves(0, block, panel.d);
                q3Scales(1, block, part);
                quants(2, 64 * block + 32 * (part / 4), 0, 32, 2 * (part % 4), 3, -4);
                addBits(3, 32 * block, 0, 32, part, 1, 4);
            }
            case Q4_K -> {
                halves(0, block, panel.d);
                halves(1, block, panel.dmin);
                q4Scales(2, block, part);
                quants(3, 128 * block + 32 * (part / 2), 0, 32, 4 * (part % 2), 0xf, 0);
            }
            case Q5_K -> {
                halves(0, block, panel.d);
                halves(1, block, panel.dmin);
                q4Scales(2, block, part);
                quants(3, 128 * block + 32 * (part / 2), 0, 32, 4 * (part % 2), 0xf, 0);
                addBits(4, 32 * block, 0, 32, part, 1, 16);
            }
            case Q6_K -> {
                halves(0, block, panel.d);
                q6Scales(1, block, part);
                int pair = part % 4;
                quants(2, 128 * block + 64 * (part / 4) + 32 * (pair % 2), 0, 32, 4 * (pair / 2), 0xf, -32);
                addBits(3, 64 * block + 32 * (part / 4), 0, 32, 2 * pair, 3, 16);
            }
            case IQ4_NL -> {
                scale(0, block);
                indexes(1, block, IQ4);
            }
            case IQ4_XS -> {
                halves(0, block, panel.d);
                iq4Scales(block, part);
                indexes(3, 8 * block + part, IQ4);
            }
            case MXFP4 -> {
                exponents(block);
                indexes(1, block, E2M1_DOUBLED);
            }
        }
    }

    private int at(int plane, int index, int row) {
        return planeStarts[plane] + layout.dtype().planes().get(plane).interleaved(index, row);
    }

    private int unsigned(int plane, int index, int row) {
        return bytes.get(at(plane, index, row)) & 0xff;
    }

    private void floats(int column, int count) {
        for (int k = 0; k < count; k++) {
            int from = at(0, Float.BYTES * (column + k), 0);
            for (int row = fromRow; row < toRow; row++) {
                panel.columns[k][lane + row] = bytes.getFloat(from + row * TileLayout.UNIT);
            }
        }
    }

    private void halves(int column, int count, boolean bfloat) {
        for (int k = 0; k < count; k++) {
            int from = at(0, Short.BYTES * (column + k), 0);
            for (int row = fromRow; row < toRow; row++) {
                short value = bytes.getShort(from + row * TileLayout.UNIT);
                panel.columns[k][lane + row] = bfloat ? Float16.bfloatToFloat(value) : Float16.toFloat(value);
            }
        }
    }

    /** A binary16 number per block. */
    private void halves(int plane, int block, float[] target) {
        int from = at(plane, Short.BYTES * block, 0);
        for (int row = fromRow; row < toRow; row++) {
            target[lane + row] = Float16.toFloat(bytes.getShort(from + row * Short.BYTES));
        }
    }

    /** The only scale of a block. */
    private void scale(int plane, int block) {
        halves(plane, block, panel.d);
        fillGroups(panel.scales);
    }

    /** The only minimum of a block, which ggml adds. */
    private void minimum(int plane, int block) {
        halves(plane, block, panel.dmin);
        for (int row = fromRow; row < toRow; row++) {
            panel.dmin[lane + row] = -panel.dmin[lane + row];
        }
        fillGroups(panel.mins);
    }

    private void fillGroups(int[][] groups) {
        for (int[] group : groups) {
            Arrays.fill(group, lane + fromRow, lane + toRow, 1);
        }
    }

    /** Columns from {@code column} on = some bits of a row's bytes from {@code index} on, plus an offset. */
    private void quants(int plane, int index, int column, int count, int shift, int mask, int offset) {
        for (int k = 0; k < count; k++) {
            float[] target = panel.columns[column + k];
            int from = at(plane, index + k, 0);
            for (int row = fromRow; row < toRow; row++) {
                target[lane + row] = (bytes.get(from + row * TileLayout.UNIT) >> shift & mask) + offset;
            }
        }
    }

    /** Adds some bits of a row's bytes, times a weight, to columns. */
    private void addBits(int plane, int index, int column, int count, int shift, int mask, int weight) {
        for (int k = 0; k < count; k++) {
            float[] target = panel.columns[column + k];
            int from = at(plane, index + k, 0);
            for (int row = fromRow; row < toRow; row++) {
                target[lane + row] += (bytes.get(from + row * TileLayout.UNIT) >> shift & mask) * weight;
            }
        }
    }

    /** 32 elements in 16 bytes: the low halves, then the high ones. */
    private void nibbles(int plane, int block, int offset) {
        quants(plane, 16 * block, 0, 16, 0, 0xf, offset);
        quants(plane, 16 * block, 16, 16, 4, 0xf, offset);
    }

    private void fifthBits(int plane, int block) {
        for (int unit = 0; unit < 8; unit++) {
            addBits(plane, TileLayout.UNIT * block, TileLayout.UNIT * unit, TileLayout.UNIT, unit, 1, 16);
        }
    }

    private void indexes(int plane, int block, float[] table) {
        nibbles(plane, block, 0);
        for (float[] column : panel.columns) {
            for (int row = fromRow; row < toRow; row++) {
                column[lane + row] = table[(int) column[lane + row]];
            }
        }
    }

    private void q2Scales(int plane, int block, int part) {
        for (int group = 0; group < WeightPanel.GROUPS; group++) {
            for (int row = fromRow; row < toRow; row++) {
                int pair = unsigned(plane, 16 * block + 2 * part + group, row);
                panel.scales[group][lane + row] = pair & 0xf;
                panel.mins[group][lane + row] = pair >> 4;
            }
        }
    }

    private void q3Scales(int plane, int block, int part) {
        for (int group = 0; group < WeightPanel.GROUPS; group++) {
            int scale = 2 * part + group;
            for (int row = fromRow; row < toRow; row++) {
                int low = unsigned(plane, 12 * block + scale % 8, row) >> 4 * (scale / 8) & 0xf;
                int high = unsigned(plane, 12 * block + 8 + scale % 4, row) >> 2 * (scale / 4) & 3;
                panel.scales[group][lane + row] = (high << 4 | low) - 32;
            }
        }
    }

    /** Of Q4_K and Q5_K: scales and minimums of parts 0 to 3 are the low 6 bits of bytes 0 to 3 and 4 to 7. */
    private void q4Scales(int plane, int block, int part) {
        for (int row = fromRow; row < toRow; row++) {
            int scale = unsigned(plane, 12 * block + part % 4, row);
            int min = unsigned(plane, 12 * block + 4 + part % 4, row);
            if (part < 4) {
                scale &= 0x3f;
                min &= 0x3f;
            } else {
                int low = unsigned(plane, 12 * block + 4 + part, row);
                scale = scale >> 6 << 4 | low & 0xf;
                min = min >> 6 << 4 | low >> 4;
            }
            for (int group = 0; group < WeightPanel.GROUPS; group++) {
                panel.scales[group][lane + row] = scale;
                panel.mins[group][lane + row] = min;
            }
        }
    }

    private void q6Scales(int plane, int block, int part) {
        for (int group = 0; group < WeightPanel.GROUPS; group++) {
            for (int row = fromRow; row < toRow; row++) {
                panel.scales[group][lane + row] = bytes.get(at(plane, 16 * block + 2 * part + group, row));
            }
        }
    }

    private void iq4Scales(int block, int part) {
        for (int row = fromRow; row < toRow; row++) {
            int high = bytes.getShort(at(1, Short.BYTES * block, row)) >> 2 * part & 3;
            int low = unsigned(2, 4 * block + part / 2, row) >> 4 * (part % 2) & 0xf;
            for (int group = 0; group < WeightPanel.GROUPS; group++) {
                panel.scales[group][lane + row] = (high << 4 | low) - 32;
            }
        }
    }

    /** Half of 2^(e - 127), exact: the two smallest are subnormal. */
    private void exponents(int block) {
        for (int row = fromRow; row < toRow; row++) {
            int e = unsigned(0, block, row);
            panel.d[lane + row] = Float.intBitsToFloat(e < 2 ? 1 << 21 + e : e - 1 << 23);
        }
        fillGroups(panel.scales);
    }
}
