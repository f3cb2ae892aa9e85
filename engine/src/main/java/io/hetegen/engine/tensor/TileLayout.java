package io.hetegen.engine.tensor;

/**
 * Where the bytes of a packed matrix lie (docs/arithmetic.md, "Row tiles"). A tile holds {@link #ROWS} rows, segment
 * by segment; a segment holds the scales of its blocks, padded to {@link #ALIGNMENT}, then the data of the rows,
 * interleaved {@link #UNIT} bytes at a time.
 *
 * @param rows of the matrix; the last tile is padded with rows of zero bytes
 * @param columns a multiple of the type's block size
 */
public record TileLayout(DType dtype, int rows, int columns) {

    /** Output rows per tile. */
    public static final int ROWS = 16;

    /** Columns per segment; the last one may be shorter. */
    public static final int SEGMENT = 512;

    /** Bytes of one row that lie together. */
    public static final int UNIT = 4;

    public static final int ALIGNMENT = 64;

    private static final int SCALE_BYTES = 2;

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

    /** Of a segment's scales, from the tile's start: for each block the scales of the tile's rows, binary16. */
    public long segmentOffset(int segment) {
        return segment * segmentBytes(SEGMENT);
    }

    /** Of a segment's data, from the segment's start: for each unit the {@link #UNIT} bytes of each of the tile's rows. */
    public int dataOffset(int segment) {
        return scaleBytes(segmentColumns(segment));
    }

    /** Data bytes of one row in {@code elements} elements, padded to whole units. */
    public int rowDataBytes(int elements) {
        int bytes = elements / dtype.blockSize() * blockDataBytes();
        return (bytes + UNIT - 1) / UNIT * UNIT;
    }

    /** Bytes of a row in the model file. */
    public long fileRowBytes() {
        return dtype.bytes(columns);
    }

    /** Bytes of a block without its scale. */
    public int blockDataBytes() {
        return dtype.blockBytes() - blockScaleBytes();
    }

    /** Bytes of a block's scale, which is at the start of the block in the file: 0 or 2. */
    public int blockScaleBytes() {
        return switch (dtype) {
            case F32, F16, BF16 -> 0;
            case Q8_0, Q4_0 -> SCALE_BYTES;
        };
    }

    /** What every data byte is xor-ed with: signed quants become unsigned with offset 128. */
    public int dataMask() {
        return switch (dtype) {
            case Q8_0 -> 0x80;
            case F32, F16, BF16, Q4_0 -> 0;
        };
    }

    private long segmentBytes(int elements) {
        return scaleBytes(elements) + (long) ROWS * rowDataBytes(elements);
    }

    private int scaleBytes(int elements) {
        int bytes = elements / dtype.blockSize() * blockScaleBytes() * ROWS;
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
}
