package io.hetegen.engine.tensor;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A matrix as one that is too large for a chunk lies in memory: a few tiles here, a few there. */
public final class ChunkedTiles {

    private ChunkedTiles() {}

    public static RowTiles copy(RowTiles tiles, int tilesPerChunk, WeightArena arena) {
        int tileBytes = Math.toIntExact(tiles.layout().tileBytes());
        List<ByteBuffer> chunks = new ArrayList<>();
        for (int first = 0; first < tiles.tiles(); first += tilesPerChunk) {
            int count = Math.min(tilesPerChunk, tiles.tiles() - first);
            ByteBuffer chunk = arena.allocate(count * tileBytes);
            for (int i = 0; i < count; i++) {
                chunk.put(i * tileBytes, tiles.chunk(first + i), tiles.offset(first + i), tileBytes);
            }
            chunks.add(chunk);
        }
        return new RowTiles(tiles.layout(), arena, chunks, tilesPerChunk);
    }
}
