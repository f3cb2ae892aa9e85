package io.hetegen.engine.plan;

/**
 * A forward pass as it was simulated.
 *
 * @param tokens of the pass
 * @param passes of this size in the whole request
 * @param seconds of one pass, the mean where they differ
 * @param cpuSeconds in which the CPU computes
 * @param copySeconds in which weights are copied
 * @param gpuSeconds in which the GPU computes
 */
public record PhasePrediction(
        int tokens, int passes, double seconds, double cpuSeconds, double copySeconds, double gpuSeconds) {

    PhasePrediction with(int count, double mean) {
        return new PhasePrediction(tokens, count, mean, cpuSeconds, copySeconds, gpuSeconds);
    }
}
