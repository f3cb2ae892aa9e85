package io.hetegen.engine.kernel;

/**
 * {@value #COLUMNS} columns of some rows, a lane each, in one form for all types ({@link PanelReader} fills it in). A
 * float weight is {@code columns[k][lane]}; a quantized one {@code d * scale * columns[k][lane] - dmin * min}, with
 * scale and min of the column's group of {@value #GROUP}.
 */
final class WeightPanel {

    /** A block of the types with 32 elements, an eighth of one of the others. */
    static final int COLUMNS = 32;

    /** Columns that have one scale. */
    static final int GROUP = 16;

    static final int GROUPS = COLUMNS / GROUP;

    /**
     * [column][lane]. An array per column, because loops over one index that starts at 0 in every array are what the
     * compiler vectorizes.
     */
    final float[][] columns;

    /** Scale of the block, by lane. */
    final float[] d;

    /** Scale of the block's minimums, by lane; undefined for types without. */
    final float[] dmin;

    /** [group][lane]; 1 for types with one scale per block. */
    final int[][] scales;

    /** [group][lane]; undefined for types without. */
    final int[][] mins;

    WeightPanel(int lanes) {
        columns = new float[COLUMNS][lanes];
        d = new float[lanes];
        dmin = new float[lanes];
        scales = new int[GROUPS][lanes];
        mins = new int[GROUPS][lanes];
    }
}
