package io.hetegen.engine.tensor;

import java.nio.ByteBuffer;
import java.util.List;

/** The packing in C; the native library must be loaded. */
final class NativePacking implements TilePacking {

    @Override
    public void pack(TileLayout layout, ByteBuffer file, int rows, ByteBuffer chunk, int offset) {
        DType dtype = layout.dtype();
        int rowBytes = Math.toIntExact(layout.fileRowBytes());
        long tiles = (rows - 1) / TileLayout.ROWS + 1;
        if ((long) rows * rowBytes > file.capacity() || offset + tiles * layout.tileBytes() > chunk.capacity()) {
            throw new IndexOutOfBoundsException(rows + " rows do not fit");
        }
        pack(
                planes(dtype),
                layout.columns(),
                dtype.blockSize(),
                dtype.blockBytes(),
                file,
                rowBytes,
                rows,
                chunk,
                offset);
    }

    private static int[] planes(DType dtype) {
        List<Plane> planes = dtype.planes();
        int[] ints = new int[4 * planes.size()];
        int i = 0;
        for (Plane plane : planes) {
            ints[i++] = plane.offset();
            ints[i++] = plane.bytes();
            ints[i++] = plane.unit();
            ints[i++] = plane.coding().ordinal();
        }
        return ints;
    }

    private static native void pack(
            int[] planes,
            int columns,
            int blockSize,
            int blockBytes,
            ByteBuffer file,
            int rowBytes,
            int rows,
            ByteBuffer chunk,
            int offset);
}
