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
        while (bytes.hasRemaining()) {
            float value = (float) ((random.nextDouble() - 0.5) * magnitude);
            switch (dtype) {
                case F32 -> bytes.putFloat(value);
                case F16 -> bytes.putShort(Float16.fromFloat(value));
                case BF16 -> bytes.putShort(Float16.bfloatFromFloat(value));
                case Q8_0 -> bytes.putShort(Float16.fromFloat(value / 127)).put(randomBytes(32, random));
                case Q4_0 -> bytes.putShort(Float16.fromFloat(value / 8)).put(randomBytes(16, random));
            }
        }
        return bytes.array();
    }

    private static byte[] randomBytes(int count, SplittableRandom random) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) random.nextInt();
        }
        return bytes;
    }
}
