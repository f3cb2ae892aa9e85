package io.hetegen.engine.plan;

import io.hetegen.engine.KvType;

/**
 * What is to be planned for.
 *
 * @param gpuMemoryBytes the engine's budget of GPU memory, for everything
 * @param promptTokens of a typical request
 * @param generatedTokens of a typical request
 */
public record PlanRequest(
        Strategy strategy, long gpuMemoryBytes, int promptTokens, int generatedTokens, KvType kvType) {

    public PlanRequest {
        if (gpuMemoryBytes < 0 || promptTokens < 1 || generatedTokens < 1) {
            throw new IllegalArgumentException("memory cannot be negative, tokens must be at least 1: " + gpuMemoryBytes
                    + ", " + promptTokens + ", " + generatedTokens);
        }
    }

    public PlanRequest with(Strategy other) {
        return new PlanRequest(other, gpuMemoryBytes, promptTokens, generatedTokens, kvType);
    }

    public PlanRequest withGpuMemory(long bytes) {
        return new PlanRequest(strategy, bytes, promptTokens, generatedTokens, kvType);
    }

    /** Positions of the KV cache at the end. */
    int positions() {
        return Math.addExact(promptTokens, generatedTokens);
    }
}
