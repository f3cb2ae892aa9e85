package io.hetegen.engine.profile;

import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.TileLayout;

/** What the cost of a linear depends on: the size and the number format of its weights. */
public final class LinearShape {

    private static final long MOST_BYTES = 1L << 50;

    private final TileLayout layout;
    // A plan asks for these some million times.
    private final int tiles;
    private final long tileBytes;
    private final int hash;

    /** @throws IllegalArgumentException if there is no such packed matrix */
    public LinearShape(DType dtype, int rows, int columns) {
        this.layout = new TileLayout(dtype, rows, columns);
        this.tiles = layout.tiles();
        this.tileBytes = layout.tileBytes();
        this.hash = layout.hashCode();
        if (tiles > MOST_BYTES / tileBytes) {
            throw new IllegalArgumentException(rows + " rows of " + columns + " columns are no matrix of this world");
        }
    }

    public DType dtype() {
        return layout.dtype();
    }

    public int rows() {
        return layout.rows();
    }

    public int columns() {
        return layout.columns();
    }

    public int tiles() {
        return tiles;
    }

    public long tileBytes() {
        return tileBytes;
    }

    /** Packed. */
    public long bytes() {
        return tiles * tileBytes;
    }

    /** Multiplications and additions for one token. */
    public double flops(int count) {
        return 2.0 * Math.min(rows(), (long) count * TileLayout.ROWS) * columns();
    }

    /** Bytes that one token's activations take as input of the product: int8 with a scale for each block, or F32. */
    public double inputBytes() {
        return dtype().isQuantized()
                ? columns() + (double) Float.BYTES * columns() / dtype().blockSize()
                : (double) Float.BYTES * columns();
    }

    @Override
    public boolean equals(Object other) {
        return this == other || other instanceof LinearShape shape && layout.equals(shape.layout);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return dtype() + " " + rows() + "x" + columns();
    }
}
