package io.hetegen.engine.plan;

/**
 * What the engine takes of the host.
 *
 * @param saturatingThreads so many of the team already read at the memory's full speed
 * @param weightBytes all packed weights: those that are resident on the GPU keep their copy here
 * @param kvBytes the KV caches at their full growth: those that have copies on the GPU are complete here too
 */
public record HostShare(int saturatingThreads, long weightBytes, long kvBytes) {

    public HostShare {
        if (saturatingThreads < 1 || weightBytes < 0 || kvBytes < 0) {
            throw new IllegalArgumentException("threads and bytes of the host cannot be negative");
        }
    }
}
