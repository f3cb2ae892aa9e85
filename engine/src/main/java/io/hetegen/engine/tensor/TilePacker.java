package io.hetegen.engine.tensor;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.device.cpu.HostMemory;
import io.hetegen.engine.device.cpu.NativeLibrary;
import io.hetegen.engine.device.cpu.ThreadTeam;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Packs matrices from a model file into an arena. Each is first {@linkplain #add given its place}; {@link #run} then
 * fills all of them, the team's threads a matrix each at a time: a piece of rows is read, digested and packed while it
 * is in the thread's cache. So no thread waits for another, and no more of the file than a piece for each is in memory.
 */
public final class TilePacker {

    /** What a core's own cache holds. */
    private static final int PIECE_BYTES = 256 << 10;

    private final WeightArena arena;
    private final ThreadTeam team;
    private final TilePacking packing;
    private final List<Matrix> matrices = new ArrayList<>();
    private volatile boolean stopped;

    public TilePacker(WeightArena arena, ThreadTeam team) {
        this.arena = arena;
        this.team = team;
        this.packing = NativeLibrary.problem() == null ? new NativePacking() : new ReferencePacking();
    }

    /** Fills the rest of a buffer with a tensor's bytes from an offset on; called by all threads of the team. */
    @FunctionalInterface
    public interface Source {
        void read(long offset, ByteBuffer target);
    }

    private record Matrix(RowTiles tiles, Source source, MessageDigest digest) {

        long fileBytes() {
            return tiles.rows() * tiles.layout().fileRowBytes();
        }

        int pieceTiles() {
            long tileFileBytes = TileLayout.ROWS * tiles.layout().fileRowBytes();
            return (int) Math.min(tiles.tiles(), Math.max(1, PIECE_BYTES / tileFileBytes));
        }
    }

    /**
     * Memory for a matrix, all zero until {@link #run}.
     *
     * @param digest gets the tensor's bytes in the file's order
     * @throws ModelException if the matrix is too large for the arena's chunks, or memory is short
     */
    public RowTiles add(TileLayout layout, Source source, MessageDigest digest) {
        long tileFileBytes = TileLayout.ROWS * layout.fileRowBytes();
        if (layout.tileBytes() > arena.chunkBytes() || tileFileBytes > WeightArena.CHUNK_BYTES) {
            throw new ModelException("a matrix with rows of " + layout.columns() + " columns is too wide");
        }
        RowTiles tiles = zeros(layout, arena);
        matrices.add(new Matrix(tiles, source, digest));
        return tiles;
    }

    /** Fills what was added. After a failure all of it is undefined. */
    public void run() {
        // The largest first, so that none is left when the others are done.
        List<Matrix> order = new ArrayList<>(matrices);
        matrices.clear();
        order.sort(Comparator.comparingLong(Matrix::fileBytes).reversed());
        stopped = false;
        team.run(order.size(), (task, worker) -> {
            try {
                fill(order.get(task));
            } catch (RuntimeException | Error e) {
                stopped = true;
                throw e;
            }
        });
        failIfInterrupted();
    }

    /** Adds one matrix and fills it. */
    public RowTiles pack(TileLayout layout, Source source, MessageDigest digest) {
        RowTiles tiles = add(layout, source, digest);
        run();
        return tiles;
    }

    private void fill(Matrix matrix) {
        RowTiles tiles = matrix.tiles();
        int rowBytes = Math.toIntExact(tiles.layout().fileRowBytes());
        int pieceTiles = matrix.pieceTiles();
        try (HostMemory memory = HostMemory.allocate(pieceTiles * TileLayout.ROWS * rowBytes)) {
            ByteBuffer piece = memory.buffer();
            for (int first = 0; first < tiles.tiles() && !stopped; ) {
                failIfInterrupted();
                int end = Math.min(tiles.endOfChunk(first), first + pieceTiles);
                int rows = Math.min(end * TileLayout.ROWS, tiles.rows()) - first * TileLayout.ROWS;
                piece.clear().limit(rows * rowBytes);
                matrix.source().read((long) first * TileLayout.ROWS * rowBytes, piece);
                matrix.digest().update(piece.flip());
                packing.pack(tiles.layout(), piece, rows, tiles.chunk(first), tiles.offset(first));
                first = end;
            }
        }
    }

    private static void failIfInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new ModelException("loading was interrupted");
        }
    }

    /** A matrix of zeros, whose memory is not touched yet. */
    public static RowTiles zeros(TileLayout layout, WeightArena arena) {
        long tileBytes = layout.tileBytes();
        int tilesPerChunk = (int) Math.min(layout.tiles(), arena.chunkBytes() / tileBytes);
        List<ByteBuffer> chunks = new ArrayList<>();
        for (int tile = 0; tile < layout.tiles(); tile += tilesPerChunk) {
            int tiles = Math.min(tilesPerChunk, layout.tiles() - tile);
            chunks.add(arena.allocate(Math.toIntExact(tiles * tileBytes)));
        }
        return new RowTiles(layout, arena, chunks, tilesPerChunk);
    }
}
