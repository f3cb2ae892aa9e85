package io.hetegen.engine.model;

/** Keys and values of one sequence, in pages of 64 positions; owned by one sequence, used by the driver thread only. */
public interface KvCache extends AutoCloseable {

    /** Positions filled. */
    int length();

    long bytes();

    @Override
    void close();
}
