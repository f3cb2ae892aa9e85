package io.hetegen.engine.tensor;

/**
 * The bytes [offset, offset + bytes) of every block of a type in the model file, which lie together in a tile:
 * those of one row one block after the other, the rows of the tile interleaved {@code unit} bytes at a time.
 */
public record Plane(int offset, int bytes, int unit, Coding coding) {

    /** How a byte of the file is stored. */
    public enum Coding {
        AS_IN_FILE,

        /** xor 0x80: a signed number as an unsigned one with offset 128. */
        OFFSET_128,

        /** 32 bits, of which bit 4 u + i is stored as bit u of byte i: units of 4 elements get theirs by one shift. */
        TRANSPOSED_BITS
    }

    /** A binary16 number per block: the scale, the minimum or the like. */
    static Plane half(int offset) {
        return new Plane(offset, 2, 2, Coding.AS_IN_FILE);
    }

    static Plane singleByte(int offset) {
        return new Plane(offset, 1, 1, Coding.AS_IN_FILE);
    }

    static Plane data(int offset, int bytes) {
        return new Plane(offset, bytes, TileLayout.UNIT, Coding.AS_IN_FILE);
    }

    static Plane signedBytes(int offset, int bytes) {
        return new Plane(offset, bytes, TileLayout.UNIT, Coding.OFFSET_128);
    }

    static Plane transposedBits(int offset) {
        return new Plane(offset, TileLayout.UNIT, TileLayout.UNIT, Coding.TRANSPOSED_BITS);
    }

    /** Of byte {@code index} of the row's bytes in this plane, from the plane's start. */
    public int interleaved(int index, int row) {
        return (index / unit * TileLayout.ROWS + row % TileLayout.ROWS) * unit + index % unit;
    }

    /** Byte {@code index} of a block that starts at {@code block} in the file's bytes, as it is stored. */
    byte stored(byte[] file, int block, int index) {
        int at = block + offset;
        return switch (coding) {
            case AS_IN_FILE -> file[at + index];
            case OFFSET_128 -> (byte) (file[at + index] ^ 0x80);
            case TRANSPOSED_BITS -> transposed(file, at, index);
        };
    }

    private static byte transposed(byte[] file, int at, int index) {
        int bits = 0;
        for (int bit = 0; bit < Byte.SIZE; bit++) {
            int from = TileLayout.UNIT * bit + index;
            bits |= (file[at + from / Byte.SIZE] >> from % Byte.SIZE & 1) << bit;
        }
        return (byte) bits;
    }
}
