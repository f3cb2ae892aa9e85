package io.hetegen.engine.kernel;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The kernels of the native library (engine/src/main/native), to be called once it is loaded. Nothing is checked but
 * the bounds of arrays.
 */
final class NativeCalls {

    private NativeCalls() {}

    /**
     * A handle of the kernels of an instruction set, 0 if there are none of this name or this CPU or its operating
     * system cannot run them.
     */
    static native long kernels(String name);

    /**
     * @param type of the weights, as kernels.h numbers them
     * @param block columns of the type's blocks; 1 for float types, which take {@code values} and no quants
     * @param chunk direct memory that holds the tiles from {@code offset} on
     */
    static native void multiply(
            long kernels,
            int type,
            int block,
            ByteBuffer chunk,
            int offset,
            int tiles,
            int tileBytes,
            int columns,
            float[] values,
            byte[] quants,
            float[] scales,
            int tokens,
            float[] y,
            int rows,
            int firstRow);

    /** @param from first element, at the start of a block, as is the end */
    static native void quantize(
            long kernels, int block, float[] values, int from, int to, byte[] quants, float[] scales);

    /** @param bias of a layer norm; null for an RMS norm */
    static native void norm(
            long kernels,
            float[] x,
            int offset,
            float[] weight,
            float @Nullable [] bias,
            int size,
            float eps,
            float[] target,
            int targetOffset);

    static native void swiGlu(long kernels, float[] gate, float[] up, float[] target, int from, int to);

    /**
     * @param pages addresses of keys, binary16 if {@code halves}, else binary32; of every page up to the last position
     * @param valuesOffset bytes from a page's keys to its values
     * @param pageOffset elements from the start of keys and values to those of the head
     * @param offset of the first query in query and output, whose tokens are {@code rowSize} apart
     */
    static native void attention(
            long kernels,
            long[] pages,
            long valuesOffset,
            boolean halves,
            int pageOffset,
            int headDim,
            int heads,
            int tokens,
            int firstPosition,
            float scale,
            float[] query,
            float[] output,
            int offset,
            int rowSize);
}
