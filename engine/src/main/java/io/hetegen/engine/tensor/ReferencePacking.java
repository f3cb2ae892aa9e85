package io.hetegen.engine.tensor;

import java.nio.ByteBuffer;
import java.util.List;

/** The packing as docs/arithmetic.md, "Row tiles", writes it down: byte by byte. */
final class ReferencePacking implements TilePacking {

    /** A segment of a row that is not there; the widest type has 4 bytes per element. */
    private static final byte[] ZEROS = new byte[TileLayout.SEGMENT * 4];

    @Override
    public void pack(TileLayout layout, ByteBuffer file, int rows, ByteBuffer chunk, int offset) {
        byte[] bytes = new byte[Math.toIntExact(TileLayout.ROWS * layout.fileRowBytes())];
        byte[] tile = new byte[Math.toIntExact(layout.tileBytes())];
        for (int row = 0; row < rows; row += TileLayout.ROWS) {
            int count = Math.min(TileLayout.ROWS, rows - row);
            int rowBytes = (int) layout.fileRowBytes();
            file.get(row * rowBytes, bytes, 0, count * rowBytes);
            packTile(layout, bytes, count, tile);
            chunk.put(offset + row / TileLayout.ROWS * tile.length, tile, 0, tile.length);
        }
    }

    private static void packTile(TileLayout layout, byte[] file, int rows, byte[] tile) {
        int blockSize = layout.dtype().blockSize();
        int rowBytes = (int) layout.fileRowBytes();
        List<Plane> planes = layout.dtype().planes();
        for (int segment = 0; segment < layout.segments(); segment++) {
            int in = (int) layout.dtype().bytes((long) segment * TileLayout.SEGMENT);
            int blocks = layout.segmentColumns(segment) / blockSize;
            for (int i = 0; i < planes.size(); i++) {
                int out = (int) layout.segmentOffset(segment) + layout.planeOffset(segment, i);
                for (int row = 0; row < TileLayout.ROWS; row++) {
                    if (row < rows) {
                        packRow(layout.dtype(), planes.get(i), file, in + row * rowBytes, blocks, tile, out, row);
                    } else {
                        packRow(layout.dtype(), planes.get(i), ZEROS, 0, blocks, tile, out, row);
                    }
                }
            }
        }
    }

    /** One plane of one row of one segment. */
    private static void packRow(
            DType dtype, Plane plane, byte[] file, int in, int blocks, byte[] tile, int out, int row) {
        int index = 0;
        for (int block = 0; block < blocks; block++) {
            for (int i = 0; i < plane.bytes(); i++, index++) {
                tile[out + plane.interleaved(index, row)] = plane.stored(file, in + block * dtype.blockBytes(), i);
            }
        }
    }
}
