package io.hetegen.engine;

/**
 * Counters since the engine was opened.
 *
 * @param steps calls of {@link Engine#step} that computed something
 * @param prefillTokens tokens taken in by prefill, rebuilt ones included
 * @param generatedTokens tokens generated; one is counted before its listener hears of it
 * @param active sequences in the batch now
 * @param waiting sequences that wait for a place in the batch
 * @param weightBytes bytes of packed weights
 * @param kvBytes bytes of key-value cache now allocated
 * @param gpu what a GPU does
 */
public record EngineStats(
        long steps,
        long prefillTokens,
        long generatedTokens,
        int active,
        int waiting,
        long weightBytes,
        long kvBytes,
        GpuStats gpu) {}
