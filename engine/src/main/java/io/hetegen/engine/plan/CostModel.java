package io.hetegen.engine.plan;

import io.hetegen.engine.profile.LinearShape;

/**
 * What a piece of work would take if it ran alone, in seconds: all that the planner knows of a machine. Measured
 * ({@link ProfiledCosts}) or reckoned ({@link RooflineCosts}). Without a GPU only the CPU's methods may be called.
 */
public interface CostModel {

    /** The machine, for people. */
    String hardware();

    int threads();

    /** So many threads already read at the memory's full speed. */
    int saturatingThreads();

    boolean hasGpu();

    /** All of the GPU's memory. */
    long gpuMemoryBytes();

    double cpuSeconds(LinearShape shape, int tokens, int tiles);

    /** Of tiles that lie in the GPU's memory, without the launch. */
    double gpuSeconds(LinearShape shape, int tokens, int tiles);

    double copySeconds(LinearShape shape, int tiles);

    /** Element-wise work that reads and writes so many bytes. */
    double cpuTouchSeconds(double bytes);

    double gpuTouchSeconds(double bytes);

    double cpuAttentionSeconds(double kvBytes, double flops);

    double gpuAttentionSeconds(double kvBytes, double flops);

    /** Activations to the GPU; without {@link #latencySeconds}. */
    double uploadSeconds(double bytes);

    /** Activations from the GPU; without {@link #latencySeconds}. */
    double downloadSeconds(double bytes);

    /** Of a single copy. */
    double latencySeconds();

    /** From one kernel to the next in a chain on the GPU. */
    double launchSeconds();

    /** What a group that is split pays for handing over and waiting. */
    double joinSeconds();

    /** What the memory gives to cores and copies together. */
    double busBytesPerSecond();
}
