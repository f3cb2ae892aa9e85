package io.hetegen.engine.tensor;

/** Arenas whose chunks are so small that a test's matrix takes several. */
public final class SmallChunks {

    private SmallChunks() {}

    public static WeightArena of(int chunkBytes) {
        return new WeightArena(chunkBytes);
    }
}
