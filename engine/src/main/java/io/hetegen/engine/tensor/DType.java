package io.hetegen.engine.tensor;

import static io.hetegen.engine.tensor.Plane.data;
import static io.hetegen.engine.tensor.Plane.half;
import static io.hetegen.engine.tensor.Plane.signedBytes;
import static io.hetegen.engine.tensor.Plane.singleByte;
import static io.hetegen.engine.tensor.Plane.transposedBits;

import java.util.List;

/**
 * Number format of a weight tensor: a row is a sequence of blocks of {@link #blockSize} elements. The quantized ones
 * are the blocks of ggml (ggml-common.h); their planes are, in this order, scales, minimums, quants, high bits of the
 * quants.
 */
public enum DType {
    F32(1, 4, data(0, 4)),
    F16(1, 2, data(0, 2)),
    BF16(1, 2, data(0, 2)),
    /** Scale, 32 signed bytes. */
    Q8_0(32, 34, half(0), signedBytes(2, 32)),
    /** Scale, element j in the low and j + 16 in the high half of byte j. */
    Q4_0(32, 18, half(0), data(2, 16)),
    /** Scale, minimum, halves of bytes as in Q4_0. */
    Q4_1(32, 20, half(0), half(2), data(4, 16)),
    /** Scale, a fifth bit for each element, halves of bytes as in Q4_0. */
    Q5_0(32, 22, half(0), data(6, 16), transposedBits(2)),
    /** Scale, minimum, a fifth bit for each element, halves of bytes as in Q4_0. */
    Q5_1(32, 24, half(0), half(2), data(8, 16), transposedBits(4)),
    /** 16 pairs of 4-bit scale and minimum, 2-bit quants, scale of the scales, scale of the minimums. */
    Q2_K(256, 84, half(80), half(82), data(0, 16), data(16, 64)),
    /** Third bits, 2-bit quants, 16 scales of 6 bits, scale of the scales. */
    Q3_K(256, 110, half(108), data(96, 12), data(32, 64), data(0, 32)),
    /** Scale of the scales, scale of the minimums, 8 pairs of 6-bit scale and minimum, 4-bit quants. */
    Q4_K(256, 144, half(0), half(2), data(4, 12), data(16, 128)),
    /** As Q4_K, with fifth bits before the quants. */
    Q5_K(256, 176, half(0), half(2), data(4, 12), data(48, 128), data(16, 32)),
    /** Low 4 bits, high 2 bits, 16 signed bytes as scales, scale of the scales. */
    Q6_K(256, 210, half(208), data(192, 16), data(0, 128), data(128, 64)),
    /** As Q4_0, the 4 bits being an index into a table. */
    IQ4_NL(32, 18, half(0), data(2, 16)),
    /** Scale of the scales, high 2 bits of 8 scales, their low 4 bits, indexes as in IQ4_NL for 8 times 32 elements. */
    IQ4_XS(256, 136, half(0), half(2), data(4, 4), data(8, 128)),
    /** Exponent of a power of two as scale (OCP Microscaling Formats 1.0, E8M0), indexes of E2M1 numbers as in IQ4_NL. */
    MXFP4(32, 17, singleByte(0), data(1, 16));

    private final int blockSize;
    private final int blockBytes;
    private final List<Plane> planes;

    DType(int blockSize, int blockBytes, Plane... planes) {
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
        this.planes = List.of(planes);
    }

    /** Elements per block: 1 for the float types, 32 or 256 for the quantized ones. */
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

    /** The parts of a block, in the order of the packed layout; together they are the block. */
    public List<Plane> planes() {
        return planes;
    }

    /** Whether products take activations that are quantized too, in blocks of {@link #blockSize}. */
    public boolean isQuantized() {
        return blockSize > 1;
    }

    /** Whether a weight is a scaled quant less a minimum. */
    public boolean hasMinimum() {
        return switch (this) {
            case Q4_1, Q5_1, Q2_K, Q4_K, Q5_K -> true;
            case F32, F16, BF16, Q8_0, Q4_0, Q5_0, Q3_K, Q6_K, IQ4_NL, IQ4_XS, MXFP4 -> false;
        };
    }
}
