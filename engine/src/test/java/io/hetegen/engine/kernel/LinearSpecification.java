package io.hetegen.engine.kernel;

import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.Float16;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Sections 2 to 5 of docs/arithmetic.md, written out on a matrix as it is in the model file. */
public record LinearSpecification(byte[] file, DType dtype, int columns) {

    /** One output for one token. */
    public float product(int row, float[] x) {
        float y = 0;
        for (int start = 0; start < columns; start += 512) {
            float a = 0;
            int end = Math.min(start + 512, columns);
            if (dtype.blockSize() == 1) {
                for (int k = start; k < end; k++) {
                    a = Math.fma(value(row, k), x[k], a);
                }
            } else {
                for (int k = start; k < end; k += 32) {
                    a = addBlock(row, k, x, a);
                }
            }
            y = y + a;
        }
        return y;
    }

    private float addBlock(int row, int k, float[] x, float a) {
        Specification.QuantizedBlock block = Specification.quantize(x, k);
        int dot = 0;
        for (int i = 0; i < 32; i++) {
            dot += quant(row, k + i) * block.q()[i];
        }
        return Math.fma((float) dot, scale(row, k) * block.d(), a);
    }

    /** A weight as an embedding reads it. */
    public float value(int row, int k) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        int index = row * columns + k;
        return switch (dtype) {
            case F32 -> bytes.getFloat(4 * index);
            case F16 -> Float16.toFloat(bytes.getShort(2 * index));
            case BF16 -> Float.intBitsToFloat(bytes.getShort(2 * index) << 16);
            case Q8_0, Q4_0 -> (float) quant(row, k) * scale(row, k);
        };
    }

    private int quant(int row, int k) {
        int quants = (row * columns + k) / 32 * dtype.blockBytes() + 2;
        if (dtype == DType.Q8_0) {
            return file[quants + k % 32];
        }
        int pair = file[quants + k % 16];
        return (k % 32 < 16 ? pair & 15 : pair >> 4 & 15) - 8;
    }

    private float scale(int row, int k) {
        int block = (row * columns + k) / 32 * dtype.blockBytes();
        return Float16.toFloat((short) (file[block] & 0xff | file[block + 1] << 8));
    }
}
