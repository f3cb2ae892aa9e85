package io.hetegen.engine.tensor;

import java.nio.ByteBuffer;

/** Brings rows of a model file into row tiles. Stateless. */
interface TilePacking {

    /**
     * Fills whole tiles; padding is left as it is, which must be zero.
     *
     * @param file direct memory with {@code rows} rows as the model file stores them
     * @param chunk direct memory that holds the tiles from {@code offset} on
     */
    void pack(TileLayout layout, ByteBuffer file, int rows, ByteBuffer chunk, int offset);
}
