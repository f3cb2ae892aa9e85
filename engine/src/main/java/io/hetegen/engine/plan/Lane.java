package io.hetegen.engine.plan;

/** What works at the same time. */
public enum Lane {
    CPU,
    /** Copies into page-locked memory, by the host, of weights that are not locked where they lie. */
    PIN,
    /** Copies to the GPU. */
    COPY,
    GPU
}
