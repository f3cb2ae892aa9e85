package io.hetegen.engine.device.cuda;

/** Blocks of a grid, threads of a block, and bytes of dynamic shared memory for each block. */
public record LaunchShape(int gridX, int gridY, int blockX, int blockY, int sharedBytes) {

    /** A row of blocks without dynamic shared memory. */
    public static LaunchShape of(int blocks, int threads) {
        return new LaunchShape(blocks, 1, threads, 1, 0);
    }
}
