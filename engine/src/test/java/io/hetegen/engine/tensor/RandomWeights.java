package io.hetegen.engine.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/** Random matrices in the bytes of a model file, about as large as trained ones. */
public final class RandomWeights {

    private RandomWeights() {}

    public static byte[] bytes(DType dtype, int rows, int columns, SplittableRandom random) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(dtype.bytes((long) rows * columns)))
                .order(ByteOrder.LITTLE_ENDIAN);
        float magnitude = rows == 1 ? 2 : (float) (3 / Math.sqrt(columns));
        for (int at = 0; at < bytes.capacity(); at += dtype.blockBytes()) {
            float value = (float) ((random.nextDouble() - 0.5) * magnitude);
            byte[] block = new byte[dtype.blockBytes()];
            for (int i = 0; i < block.length; i++) {
                block[i] = (byte) random.nextInt();
            }
            bytes.put(at, block);
            switch (dtype) {
                case F32 -> bytes.putFloat(at, value);
                case F16 -> half(bytes, at, value);
                case BF16 -> bytes.putShort(at, Float16.bfloatFromFloat(value));
                case Q8_0, IQ4_NL -> half(bytes, at, value / 127);
                case Q4_0 -> half(bytes, at, value / 8);
                case Q5_0 -> half(bytes, at, value / 16);
                case Q4_1 -> {
                    half(bytes, at, value / 8);
                    half(bytes, at + 2, -value * 0.9f);
                }
                case Q5_1 -> {
                    half(bytes, at, value / 16);
                    half(bytes, at + 2, -value * 0.9f);
                }
                case MXFP4 -> bytes.put(at, (byte) (Math.getExponent(value / 4) + 127));
                case Q2_K -> {
                    half(bytes, at + 80, value / 24);
                    half(bytes, at + 82, value / 16);
                }
                case Q3_K -> half(bytes, at + 108, value / 128);
                case Q4_K -> {
                    half(bytes, at, value / 512);
                    half(bytes, at + 2, value / 64);
                }
                case Q5_K -> {
                    half(bytes, at, value / 1024);
                    half(bytes, at + 2, value / 64);
                }
                case Q6_K, IQ4_XS -> half(bytes, at + (dtype == DType.Q6_K ? 208 : 0), value / 4096);
            }
        }
        return bytes.array();
    }

    private static void half(ByteBuffer bytes, int at, float value) {
        bytes.putShort(at, Float16.fromFloat(value));
    }
}
