package io.hetegen.engine.linear;

import java.util.Optional;

/**
 * What a GPU does for a model.
 *
 * @param residentBytes of weights in its memory, 0 once it is lost
 * @param streamedBytes of weights that were copied to it for a product, since it was attached
 * @param decodeShare of the tiles of all linears that are its part of a decoded token
 * @param cpuNanos for which the CPU multiplied its part of linears that are split
 * @param waitedNanos for which the CPU then waited for the GPU's part
 * @param whyLost why it was given up, empty if it was not
 */
public record AcceleratorStats(
        long residentBytes,
        long streamedBytes,
        double decodeShare,
        long cpuNanos,
        long waitedNanos,
        Optional<String> whyLost) {}
