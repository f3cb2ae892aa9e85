package io.hetegen.engine.plan;

/** What works at the same time. */
public enum Lane {
    CPU,
    COPY,
    GPU
}
