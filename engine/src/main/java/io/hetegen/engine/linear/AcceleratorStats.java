package io.hetegen.engine.linear;

import java.util.Optional;

/**
 * What a GPU does for a model.
 *
 * @param residentBytes of weights in its memory, 0 once it is lost
 * @param streamedBytes of weights that were copied to it for a product, since it was attached
 * @param whyLost why it was given up, empty if it was not
 */
public record AcceleratorStats(long residentBytes, long streamedBytes, Optional<String> whyLost) {}
