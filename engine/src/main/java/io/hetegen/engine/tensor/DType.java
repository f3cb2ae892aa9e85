package io.hetegen.engine.tensor;

/** Number format of a weight tensor: a row is a sequence of blocks of {@link #blockSize} elements. */
public enum DType {
    F32(1, 4),
    F16(1, 2),
    BF16(1, 2),
    /** ggml {@code block_q8_0}: F16 scale d, 32 signed bytes q; value d * q. */
    Q8_0(32, 34),
    /** ggml {@code block_q4_0}: F16 scale d, 16 bytes, element j in the low and j + 16 in the high half of byte j; value d * (q - 8). */
    Q4_0(32, 18);

    private final int blockSize;
    private final int blockBytes;

    DType(int blockSize, int blockBytes) {
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
    }

    /** Elements per block. */
    public int blockSize() {
        return blockSize;
    }

    /** Bytes of a block as the model file stores it. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Bytes that {@code elements}, a multiple of the block size, take in the model file. */
    public long bytes(long elements) {
        return Math.multiplyExact(elements / blockSize, (long) blockBytes);
    }
}
