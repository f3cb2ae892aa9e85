package io.hetegen.engine.kernel;

import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.Float16;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Sections 2 to 5 of docs/arithmetic.md, written out on a matrix as it is in the model file. */
public record LinearSpecification(byte[] file, DType dtype, int columns) {

    private static final int[] IQ4 = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
    private static final double[] E2M1 = {0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6};

    /** A quantized weight: d * scale * quant - dmin * min. */
    private record Weight(float d, int scale, int quant, float dmin, int min) {

        static Weight scaled(float d, int quant) {
            return new Weight(d, 1, quant, 0, 0);
        }

        static Weight scaled(float d, int scale, int quant) {
            return new Weight(d, scale, quant, 0, 0);
        }

        float value() {
            float scaleOfGroup = d * scale;
            float minOfGroup = dmin * min;
            return scaleOfGroup * quant - minOfGroup;
        }
    }

    /** One output for one token. */
    public float product(int row, float[] x) {
        float y = 0;
        for (int start = 0; start < columns; start += 512) {
            float a = 0;
            int end = Math.min(start + 512, columns);
            for (int k = start; k < end; k += dtype.blockSize()) {
                a = dtype.blockSize() == 1 ? Math.fma(value(row, k), x[k], a) : addBlock(row, k, x, a);
            }
            y = y + a;
        }
        return y;
    }

    private float addBlock(int row, int from, float[] x, float a) {
        Specification.QuantizedBlock block = Specification.quantize(x, from, dtype.blockSize());
        int dot = 0;
        int minDot = 0;
        for (int i = 0; i < dtype.blockSize(); i++) {
            Weight w = weight(row, from + i);
            dot += w.scale() * w.quant() * block.q()[i];
            minDot += w.min() * block.q()[i];
        }
        Weight w = weight(row, from);
        float sum = Math.fma((float) dot, w.d() * block.d(), a);
        return switch (dtype) {
            case Q4_1, Q5_1, Q2_K, Q4_K, Q5_K -> Math.fma((float) minDot, -(w.dmin() * block.d()), sum);
            default -> sum;
        };
    }

    /** A weight as an embedding reads it. */
    public float value(int row, int k) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int index = row * columns + k;
        return switch (dtype) {
            case F32 -> bytes.getFloat(4 * index);
            case F16 -> Float16.toFloat(bytes.getShort(2 * index));
            case BF16 -> Float.intBitsToFloat(bytes.getShort(2 * index) << 16);
            default -> weight(row, k).value();
        };
    }

    private Weight weight(int row, int k) {
        int index = row * columns + k;
        int at = index / dtype.blockSize() * dtype.blockBytes();
        int j = index % dtype.blockSize();
        return switch (dtype) {
            case Q8_0 -> Weight.scaled(half(at), file[at + 2 + j]);
            case Q4_0 -> Weight.scaled(half(at), nibble(at + 2, j) - 8);
            case Q4_1 -> new Weight(half(at), 1, nibble(at + 4, j), -half(at + 2), 1);
            case Q5_0 -> Weight.scaled(half(at), (nibble(at + 6, j) | bit(at + 2, j) << 4) - 16);
            case Q5_1 -> new Weight(half(at), 1, nibble(at + 8, j) | bit(at + 4, j) << 4, -half(at + 2), 1);
            case IQ4_NL -> Weight.scaled(half(at), IQ4[nibble(at + 2, j)]);
            case MXFP4 -> Weight.scaled((float) Math.scalb(1.0, octet(at) - 128), (int) (2 * E2M1[nibble(at + 1, j)]));
            case Q2_K -> {
                int pair = octet(at + j / 16);
                yield new Weight(half(at + 80), pair % 16, crumb(at + 16, j), half(at + 82), pair / 16);
            }
            case Q3_K -> {
                int high = octet(at + j % 32) >> j / 32 & 1;
                yield Weight.scaled(half(at + 108), sixBits(at + 96, j / 16) - 32, crumb(at + 32, j) + 4 * high - 4);
            }
            case Q4_K -> superblock(at, j, nibbleOf64(at + 16, j));
            case Q5_K -> superblock(at, j, nibbleOf64(at + 48, j) + 16 * (octet(at + 16 + j % 32) >> j / 32 & 1));
            case Q6_K -> {
                int half = j / 128;
                int low = octet(at + 64 * half + j % 64) >> (j % 128 < 64 ? 0 : 4) & 15;
                int high = octet(at + 128 + 32 * half + j % 32) >> 2 * (j % 128 / 32) & 3;
                yield Weight.scaled(half(at + 208), file[at + 192 + j / 16], (low | high << 4) - 32);
            }
            case IQ4_XS -> {
                int low = octet(at + 4 + j / 64) >> (j % 64 < 32 ? 0 : 4) & 15;
                int high = (octet(at + 2) | octet(at + 3) << 8) >> 2 * (j / 32) & 3;
                yield Weight.scaled(half(at), (low | high << 4) - 32, IQ4[nibble(at + 8 + 16 * (j / 32), j % 32)]);
            }
            case F32, F16, BF16 -> throw new IllegalStateException("not quantized");
        };
    }

    /** Q4_K and Q5_K: two scales of halves, 12 bytes with 8 scales and 8 minimums. */
    private Weight superblock(int at, int j, int quant) {
        int group = j / 32;
        int scale;
        int min;
        if (group < 4) {
            scale = octet(at + 4 + group) & 63;
            min = octet(at + 8 + group) & 63;
        } else {
            scale = octet(at + 8 + group) & 15 | octet(at + group) >> 6 << 4;
            min = octet(at + 8 + group) >> 4 | octet(at + 4 + group) >> 6 << 4;
        }
        return new Weight(half(at), scale, quant, half(at + 2), min);
    }

    /** Q3_K: the low 4 bits of 16 numbers in 8 bytes, the high 2 bits in 4 more. */
    private int sixBits(int at, int i) {
        int low = i < 8 ? octet(at + i) & 15 : octet(at + i - 8) >> 4;
        return low | (octet(at + 8 + i % 4) >> 2 * (i / 4) & 3) << 4;
    }

    /** 2 bits: 128 elements in 32 bytes. */
    private int crumb(int at, int j) {
        return octet(at + j / 128 * 32 + j % 32) >> 2 * (j % 128 / 32) & 3;
    }

    /** 4 bits: 64 elements in 32 bytes. */
    private int nibbleOf64(int at, int j) {
        return octet(at + j / 64 * 32 + j % 32) >> (j % 64 < 32 ? 0 : 4) & 15;
    }

    /** 4 bits: 32 elements in 16 bytes. */
    private int nibble(int at, int j) {
        return octet(at + j % 16) >> (j < 16 ? 0 : 4) & 15;
    }

    private int bit(int at, int j) {
        return octet(at + j / 8) >> j % 8 & 1;
    }

    private int octet(int at) {
        return file[at] & 0xff;
    }

    private float half(int at) {
        return Float16.toFloat((short) (octet(at) | octet(at + 1) << 8));
    }
}
