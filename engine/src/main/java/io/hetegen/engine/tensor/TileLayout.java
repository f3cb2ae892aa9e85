package io.hetegen.engine.tensor;

/**
 * Where the bytes of a packed matrix lie (docs/arithmetic.md, "Row tiles"). A tile holds {@link #ROWS} rows, segment
 * by segment; a segment holds the {@linkplain DType#planes planes} of its type, each padded to {@link #ALIGNMENT}.
 *
 * @param rows of the matrix; the last tile is padded with rows of zero bytes
 * @param columns a multiple of the type's block size
 */
public record TileLayout(DType dtype, int rows, int columns) {

    /** Output rows per tile. */
    public static final int ROWS = 16;

    /** Columns per segment; the last one may be shorter. */
    public static final int SEGMENT = 512;

    /** Bytes of one row that lie together in the planes that hold quants. */
    public static final int UNIT = 4;

    public static final int ALIGNMENT = 64;

    public TileLayout {
        if (rows < 1 || columns < 1 || columns % dtype.blockSize() != 0) {
            throw new IllegalArgumentException(
                    "a " + dtype + " matrix of " + rows + " rows of " + columns + " columns cannot be packed");
        }
    }

    public int tiles() {
        return (rows - 1) / ROWS + 1;
    }

    public int segments() {
        return (columns - 1) / SEGMENT + 1;
    }

    /** Columns of one segment. */
    public int segmentColumns(int segment) {
        return Math.min(SEGMENT, columns - segment * SEGMENT);
    }

    public long tileBytes() {
        return segmentOffset(segments() - 1) + segmentBytes(segmentColumns(segments() - 1));
    }

    /** Of a segment, from the tile's start. */
    public long segmentOffset(int segment) {
        return segment * segmentBytes(SEGMENT);
    }

    /** Of one of the type's planes, from the segment's start. */
    public int planeOffset(int segment, int plane) {
        int offset = 0;
        for (int before = 0; before < plane; before++) {
            offset += planeBytes(dtype.planes().get(before), segmentColumns(segment));
        }
        return offset;
    }

    /** Bytes of a row in the model file. */
    public long fileRowBytes() {
        return dtype.bytes(columns);
    }

    private long segmentBytes(int elements) {
        long bytes = 0;
        for (Plane plane : dtype.planes()) {
            bytes += planeBytes(plane, elements);
        }
        return bytes;
    }

    private int planeBytes(Plane plane, int elements) {
        int rowBytes = padded(elements / dtype.blockSize() * plane.bytes(), plane.unit());
        return padded(ROWS * rowBytes, ALIGNMENT);
    }

    private static int padded(int bytes, int multiple) {
        return (bytes + multiple - 1) / multiple * multiple;
    }
}
