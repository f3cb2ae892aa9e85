package io.hetegen.engine;

import java.util.Optional;

/**
 * What a GPU does in an engine; all zero without one.
 *
 * @param residentBytes of weights in its memory, 0 once it is lost
 * @param streamedBytes of weights that were copied to it for a product, since it was attached
 * @param decodeShare of the tiles of all linears that are its part of a decoded token, from 0 to 1
 * @param cpuNanos for which the CPU multiplied its part of linears that are split
 * @param waitedNanos for which the CPU then waited for the GPU's part
 * @param whyLost why it was given up and the CPU went on alone, empty if it was not
 */
public record GpuStats(
        long residentBytes,
        long streamedBytes,
        double decodeShare,
        long cpuNanos,
        long waitedNanos,
        Optional<String> whyLost) {

    public static final GpuStats NONE = new GpuStats(0, 0, 0, 0, 0, Optional.empty());
}
