package io.hetegen.engine.plan;

/**
 * A step of a forward pass: CPU and GPU start it together and the next one starts when both are done and have met. All
 * times are of work that runs alone.
 *
 * @param cpuBytes that the CPU reads from memory meanwhile
 * @param gpuSeconds of what needs no streamed weights
 * @param slices equal pieces in which the streamed weights come; each is copied, then multiplied
 * @param joinSeconds after the last of both
 */
record Stage(
        String label,
        double cpuSeconds,
        double cpuBytes,
        double gpuSeconds,
        int slices,
        double sliceBytes,
        double sliceCopySeconds,
        double sliceGpuSeconds,
        double joinSeconds) {

    static Stage onCpu(String label, double seconds, double bytes) {
        return new Stage(label, seconds, bytes, 0, 0, 0, 0, 0, 0);
    }

    static Stage onGpu(String label, double seconds, double joinSeconds) {
        return new Stage(label, 0, 0, seconds, 0, 0, 0, 0, joinSeconds);
    }
}
