package io.hetegen.engine.tensor;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.device.cpu.ThreadTeam;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * Packs matrices from a model file into an arena, a bounded piece of rows at a time: the team packs the tiles of a
 * piece while one of its threads digests the piece.
 */
public final class TilePacker {

    private static final int PIECE_BYTES = 4 << 20;

    /** A segment of a row that is not there; the widest type has 4 bytes per element. */
    private static final byte[] ZEROS = new byte[TileLayout.SEGMENT * 4];

    private final WeightArena arena;
    private final ThreadTeam team;

    public TilePacker(WeightArena arena, ThreadTeam team) {
        this.arena = arena;
        this.team = team;
    }

    /** Fills the rest of a buffer with a tensor's bytes from an offset on. */
    @FunctionalInterface
    public interface Source {
        void read(long offset, ByteBuffer target);
    }

    /**
     * @param digest gets the tensor's bytes in the file's order
     * @throws ModelException if the matrix is too large for the arena's chunks
     */
    public RowTiles pack(TileLayout layout, Source source, MessageDigest digest) {
        long tileFileBytes = TileLayout.ROWS * layout.fileRowBytes();
        if (layout.tileBytes() > arena.chunkBytes() || tileFileBytes > WeightArena.CHUNK_BYTES) {
            throw new ModelException("a matrix with rows of " + layout.columns() + " columns is too wide");
        }
        RowTiles tiles = allocate(layout);
        int tileBytes = (int) layout.tileBytes();
        int pieceTiles = (int) Math.min(layout.tiles(), Math.max(1, PIECE_BYTES / tileFileBytes));
        byte[] piece = new byte[Math.toIntExact(pieceTiles * tileFileBytes)];
        byte[][] packed = new byte[team.size()][tileBytes];
        for (int first = 0; first < layout.tiles(); first += pieceTiles) {
            if (Thread.currentThread().isInterrupted()) {
                throw new ModelException("loading was interrupted");
            }
            int from = first;
            int rows = Math.min(pieceTiles * TileLayout.ROWS, layout.rows() - first * TileLayout.ROWS);
            int bytes = Math.toIntExact(rows * layout.fileRowBytes());
            source.read(first * tileFileBytes, ByteBuffer.wrap(piece, 0, bytes));
            int count = (rows - 1) / TileLayout.ROWS + 1;
            team.run(count + 1, (task, worker) -> {
                if (task == 0) {
                    digest.update(piece, 0, bytes);
                    return;
                }
                int tile = task - 1;
                int tileRows = Math.min(TileLayout.ROWS, rows - tile * TileLayout.ROWS);
                packTile(layout, piece, tile * (int) tileFileBytes, tileRows, packed[worker]);
                tiles.chunk(from + tile).put(tiles.offset(from + tile), packed[worker], 0, tileBytes);
            });
        }
        return tiles;
    }

    private RowTiles allocate(TileLayout layout) {
        long tileBytes = layout.tileBytes();
        int tilesPerChunk = (int) Math.min(layout.tiles(), arena.chunkBytes() / tileBytes);
        List<ByteBuffer> chunks = new ArrayList<>();
        for (int tile = 0; tile < layout.tiles(); tile += tilesPerChunk) {
            int tiles = Math.min(tilesPerChunk, layout.tiles() - tile);
            chunks.add(arena.allocate(Math.toIntExact(tiles * tileBytes)));
        }
        return new RowTiles(layout, arena, chunks, tilesPerChunk);
    }

    private static void packTile(TileLayout layout, byte[] file, int fileOffset, int rows, byte[] tile) {
        int blockSize = layout.dtype().blockSize();
        int rowBytes = (int) layout.fileRowBytes();
        List<Plane> planes = layout.dtype().planes();
        for (int segment = 0; segment < layout.segments(); segment++) {
            int in = fileOffset + (int) layout.dtype().bytes((long) segment * TileLayout.SEGMENT);
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
