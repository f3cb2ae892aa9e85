package io.hetegen.engine.plan;

import io.hetegen.engine.KvType;

/**
 * What is to be planned for.
 *
 * @param gpuMemoryBytes the engine's budget of GPU memory, for everything
 * @param promptTokens of a typical request
 * @param generatedTokens of a typical request
 * @param sequences whose KV caches have room at once; what is predicted is the speed of one alone
 */
public record PlanRequest(
        Strategy strategy, long gpuMemoryBytes, int promptTokens, int generatedTokens, KvType kvType, int sequences) {

    public PlanRequest {
        if (gpuMemoryBytes < 0 || promptTokens < 1 || generatedTokens < 1 || sequences < 1) {
            throw new IllegalArgumentException("memory cannot be negative, tokens and sequences must be at least 1: "
                    + gpuMemoryBytes + ", " + promptTokens + ", " + generatedTokens + ", " + sequences);
        }
    }

    /** One sequence at a time. */
    public PlanRequest(Strategy strategy, long gpuMemoryBytes, int promptTokens, int generatedTokens, KvType kvType) {
        this(strategy, gpuMemoryBytes, promptTokens, generatedTokens, kvType, 1);
    }

    public PlanRequest with(Strategy other) {
        return new PlanRequest(other, gpuMemoryBytes, promptTokens, generatedTokens, kvType, sequences);
    }

    public PlanRequest withGpuMemory(long bytes) {
        return new PlanRequest(strategy, bytes, promptTokens, generatedTokens, kvType, sequences);
    }

    public PlanRequest withSequences(int count) {
        return new PlanRequest(strategy, gpuMemoryBytes, promptTokens, generatedTokens, kvType, count);
    }

    /** Positions of a KV cache at the end. */
    int positions() {
        return Math.addExact(promptTokens, generatedTokens);
    }

    /** Bytes of one layer's KV caches at the end. */
    long kvBytesPerLayer(ModelShape model) {
        return Math.multiplyExact(sequences, model.kvBytesPerLayer(kvType, positions()));
    }
}
