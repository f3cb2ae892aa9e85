package io.hetegen.engine.plan;

/**
 * What the GPU's memory is used for, in bytes.
 *
 * @param weightBytes resident tiles
 * @param kvBytes the KV caches at their full growth, of the layers whose cache is on the GPU
 * @param ringBytes where streamed tiles arrive
 * @param activationBytes working memory of the largest forward pass
 */
public record Reservation(long weightBytes, long kvBytes, long ringBytes, long activationBytes) {

    /** A slice of streamed tiles is at most such a part of the ring: while one is multiplied, the next ones come. */
    public static final int SLICES_IN_RING = 4;

    public Reservation {
        if (weightBytes < 0 || kvBytes < 0 || ringBytes < 0 || activationBytes < 0) {
            throw new IllegalArgumentException("bytes cannot be negative");
        }
    }

    public long totalBytes() {
        return weightBytes + kvBytes + ringBytes + activationBytes;
    }
}
