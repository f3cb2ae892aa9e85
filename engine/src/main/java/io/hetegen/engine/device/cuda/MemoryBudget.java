package io.hetegen.engine.device.cuda;

/**
 * Counts the device memory of one engine against a limit, which may change at any time. Below what is taken it only
 * stops more from being taken: {@link #excess()} is what the owner should give back.
 */
public final class MemoryBudget {

    private final long most;
    private long limit;
    private long used;

    /** @param most that any limit can be */
    MemoryBudget(long limit, long most) {
        this.most = most;
        setLimit(limit);
    }

    /** Most bytes that may be taken. */
    public synchronized long limit() {
        return limit;
    }

    /** Bytes taken. */
    public synchronized long used() {
        return used;
    }

    /** Bytes that may still be taken. */
    public synchronized long available() {
        return Math.max(0, limit - used);
    }

    /** Bytes taken above the limit. */
    public synchronized long excess() {
        return Math.max(0, used - limit);
    }

    /** To so many bytes, or as many as the device had to give. */
    public synchronized void setLimit(long bytes) {
        checkLimit(bytes);
        limit = Math.min(bytes, most);
    }

    synchronized void take(long bytes) {
        if (bytes > limit - used) {
            throw new OutOfDeviceMemoryException(
                    "budget",
                    "the budget of " + limit + " bytes of device memory has " + available() + " left, and " + bytes
                            + " were asked for; raise it or keep less on the GPU");
        }
        used += bytes;
    }

    synchronized void give(long bytes) {
        used -= bytes;
    }

    private static void checkLimit(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("a budget has at least 0 bytes, not " + bytes);
        }
    }
}
