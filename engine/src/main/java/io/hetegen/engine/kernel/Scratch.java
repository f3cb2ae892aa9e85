package io.hetegen.engine.kernel;

/** Arrays that kernels reuse between calls; one per thread. */
public final class Scratch {

    final LinearScratch linear = new LinearScratch();
    final AttentionScratch attention = new AttentionScratch();
}
