package io.hetegen.engine.model;

import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.Float16;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Random weights in the bytes of a model file, as a function of seed and cell alone: any part of a tensor can be made
 * at any time, by any thread. Weights have a mean of about 0.
 */
final class SyntheticBlocks {

    /** Elements of a cell; a whole number of blocks of every type. */
    private static final int CELL = 256;

    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    /** Mean magnitude of a number with a random fraction, in units of the power of two below it. */
    private static final double MEAN_FRACTION = 1.5;

    private final DType dtype;
    private final long seed;
    private final double deviation;

    /** @param deviation of the weights, about */
    SyntheticBlocks(DType dtype, double deviation, long seed) {
        this.dtype = dtype;
        this.seed = mix(seed);
        this.deviation = deviation;
    }

    /** Fills the rest of {@code target} with the tensor's bytes from {@code offset} on. */
    void read(long offset, ByteBuffer target) {
        int cellBytes = Math.toIntExact(dtype.bytes(CELL));
        ByteBuffer cell = ByteBuffer.allocate(cellBytes).order(ByteOrder.LITTLE_ENDIAN);
        long at = offset;
        while (target.hasRemaining()) {
            fill(cell, at / cellBytes);
            int from = (int) (at % cellBytes);
            int count = Math.min(cellBytes - from, target.remaining());
            target.put(cell.array(), from, count);
            at += count;
        }
    }

    private void fill(ByteBuffer cell, long index) {
        long counter = seed + index * CELL * GOLDEN_GAMMA;
        int at = 0;
        for (; at + Long.BYTES <= cell.capacity(); at += Long.BYTES) {
            cell.putLong(at, mix(counter += GOLDEN_GAMMA));
        }
        for (; at < cell.capacity(); at++) {
            cell.put(at, (byte) mix(counter += GOLDEN_GAMMA));
        }
        for (int block = 0; block < cell.capacity(); block += dtype.blockBytes()) {
            scale(cell, block);
        }
    }

    /** Random bits become numbers of the right size: floats get their exponent, quants their scale. */
    private void scale(ByteBuffer bytes, int at) {
        int exponent = (int) Math.rint(Math.log(deviation / MEAN_FRACTION) / Math.log(2));
        switch (dtype) {
            case F32 -> bytes.putInt(at, bytes.getInt(at) & 0x807fffff | exponent + 127 << 23);
            case F16 -> bytes.putShort(at, (short) (bytes.getShort(at) & 0x83ff | exponent + 15 << 10));
            case BF16 -> bytes.putShort(at, (short) (bytes.getShort(at) & 0x807f | exponent + 127 << 7));
            // The divisors are the deviations of the unscaled quants; minimums are as large as their mean.
            case Q8_0 -> half(bytes, at, deviation / 74);
            case Q4_0 -> half(bytes, at, deviation / 4.6);
            case Q5_0 -> half(bytes, at, deviation / 9.2);
            case IQ4_NL -> half(bytes, at, deviation / 76);
            case IQ4_XS -> half(bytes, at, deviation / 1400);
            case MXFP4 -> bytes.put(at, (byte) (127 + Math.getExponent(deviation / 3)));
            case Q3_K -> half(bytes, at + 108, deviation / 43);
            case Q6_K -> half(bytes, at + 208, deviation / 1370);
            case Q4_1 -> halves(bytes, at, deviation / 4.6, -7.5);
            case Q5_1 -> halves(bytes, at, deviation / 9.2, -15.5);
            case Q2_K -> halves(bytes, at + 80, deviation / 13.9, 1.5);
            case Q4_K -> halves(bytes, at, deviation / 258, 7.5);
            case Q5_K -> halves(bytes, at, deviation / 527, 15.5);
        }
    }

    private static void halves(ByteBuffer bytes, int at, double scale, double minimum) {
        half(bytes, at, scale);
        half(bytes, at + 2, scale * minimum);
    }

    private static void half(ByteBuffer bytes, int at, double value) {
        bytes.putShort(at, Float16.fromFloat((float) value));
    }

    /** The finalizer of SplitMix64 (Steele et al., 2014). */
    private static long mix(long x) {
        long z = (x ^ x >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}
