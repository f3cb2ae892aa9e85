package io.hetegen.engine;

/**
 * What a GPU does in an engine; all zero without one.
 *
 * @param residentBytes of weights in its memory, 0 once it is given up
 * @param streamedBytes of weights that were copied to it for a product
 * @param decodeShare of the tiles of all linears that are its part of a decoded token, from 0 to 1
 * @param cpuNanos for which the CPU multiplied its part of linears that are split
 * @param waitedNanos for which the CPU then waited for the GPU's part
 * @param fallbacks 1 once it was given up and the CPU went on alone
 */
public record GpuStats(
        long residentBytes, long streamedBytes, double decodeShare, long cpuNanos, long waitedNanos, int fallbacks) {

    public static final GpuStats NONE = new GpuStats(0, 0, 0, 0, 0, 0);
}
