package io.hetegen.engine.model;

import io.hetegen.engine.kernel.Activations;
import io.hetegen.engine.linear.Compute;

/** Root mean square normalization (Zhang and Sennrich, 2019). */
record RmsNorm(float[] weight, float eps) {

    void forward(float[] x, int tokens, Activations target, Compute compute) {
        int size = weight.length;
        float[] y = target.resize(tokens, size).values();
        compute.forEachToken(tokens, (from, to) -> {
            for (int token = from; token < to; token++) {
                compute.kernels().rmsNorm(x, token * size, weight, eps, y, token * size);
            }
        });
    }
}
