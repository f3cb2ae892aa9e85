package io.hetegen.engine.tensor;

import io.hetegen.engine.device.cpu.HostMemory;
import io.hetegen.engine.device.cpu.NativeLibrary;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A weight matrix in the packed layout of {@link TileLayout}, in chunks of whole tiles. Read-only and shared by all
 * threads; valid until its arena is closed.
 */
public final class RowTiles {

    private final TileLayout layout;
    private final WeightArena arena;
    private final List<ByteBuffer> chunks;
    private final int tilesPerChunk;

    RowTiles(TileLayout layout, WeightArena arena, List<ByteBuffer> chunks, int tilesPerChunk) {
        this.layout = layout;
        this.arena = arena;
        this.chunks = List.copyOf(chunks);
        this.tilesPerChunk = tilesPerChunk;
    }

    public TileLayout layout() {
        return layout;
    }

    public int rows() {
        return layout.rows();
    }

    public int columns() {
        return layout.columns();
    }

    /** Packed, padding included. */
    public long bytes() {
        return tiles() * layout.tileBytes();
    }

    public int tiles() {
        return layout.tiles();
    }

    /** The little-endian chunk that holds a tile, to be read at absolute indexes from {@link #offset}. */
    public ByteBuffer chunk(int tile) {
        return chunks.get(tile / tilesPerChunk);
    }

    /** Of a tile in its chunk. */
    public int offset(int tile) {
        return Math.toIntExact(tile % tilesPerChunk * layout.tileBytes());
    }

    /** Of a tile's first byte, for native code; 0 without the native library. */
    public long address(int tile) {
        long chunk = HostMemory.address(chunk(tile));
        return chunk == 0 ? 0 : chunk + offset(tile);
    }

    /** The first tile after a tile's chunk; up to there tiles lie one after the other. */
    public int endOfChunk(int tile) {
        return Math.min(tiles(), (tile / tilesPerChunk + 1) * tilesPerChunk);
    }

    /** Writes to every page of the tiles [from, to), which must be all zero still. */
    public void touch(int from, int to) {
        checkOpen();
        for (int tile = from; tile < to; tile++) {
            for (int at = 0; at < layout.tileBytes(); at += HostMemory.PAGE) {
                chunk(tile).put(offset(tile) + at, (byte) 0);
            }
        }
    }

    /**
     * Has bytes of a tile fetched into the second-level cache of the core that calls, and does not wait for them. Nothing
     * happens without the native library, or after the arena was closed.
     */
    public void prefetch(int tile, int at, int length) {
        if (NativeLibrary.problem() == null) {
            prefetch(chunk(tile), offset(tile) + at, length);
        }
    }

    private static native void prefetch(ByteBuffer memory, int from, int length);

    /** @throws IllegalStateException after the arena was closed */
    public void checkOpen() {
        arena.checkOpen();
    }
}
