package io.hetegen.engine;

import java.util.Optional;

/**
 * What a GPU does in an engine; all zero without one.
 *
 * @param residentBytes of weights in its memory, 0 once it is lost
 * @param streamedBytes of weights that were copied to it for a product, since it was attached
 * @param decode its part of the last pass that decoded, one token of each sequence
 * @param prefill its part of the last pass with more tokens
 * @param cpuNanos for which the CPU multiplied its part of linears that are split
 * @param waitedNanos for which the CPU then waited for the GPU's part
 * @param whyLost why it was given up and the CPU went on alone, empty if it was not
 */
public record GpuStats(
        long residentBytes,
        long streamedBytes,
        GpuShare decode,
        GpuShare prefill,
        long cpuNanos,
        long waitedNanos,
        Optional<String> whyLost) {

    public static final GpuStats NONE = new GpuStats(0, 0, GpuShare.NONE, GpuShare.NONE, 0, 0, Optional.empty());
}
