package io.hetegen.engine.plan;

/**
 * Who multiplies which row tiles of a linear: the first ones lie in the GPU's memory, the next ones are streamed to it,
 * the last ones are the CPU's. A split moves whole tiles.
 */
public record SplitRatio(int residentTiles, int streamedTiles, int cpuTiles) {

    public SplitRatio {
        if (residentTiles < 0
                || streamedTiles < 0
                || cpuTiles < 0
                || (long) residentTiles + streamedTiles + cpuTiles > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "tiles cannot be negative or too many: " + residentTiles + ", " + streamedTiles + ", " + cpuTiles);
        }
    }

    public static SplitRatio allCpu(int tiles) {
        return new SplitRatio(0, 0, tiles);
    }

    public int tiles() {
        return residentTiles + streamedTiles + cpuTiles;
    }

    public int gpuTiles() {
        return residentTiles + streamedTiles;
    }

    /** Share of the rows that the GPU multiplies, from 0 to 1. */
    public double gpuShare() {
        return (double) gpuTiles() / tiles();
    }
}
