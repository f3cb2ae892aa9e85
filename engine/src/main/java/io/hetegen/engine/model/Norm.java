package io.hetegen.engine.model;

import io.hetegen.engine.kernel.Activations;
import io.hetegen.engine.linear.Compute;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Layer normalization (Ba et al., 2016), or without a bias root mean square normalization (Zhang and Sennrich, 2019).
 */
record Norm(float[] weight, float @Nullable [] bias, float eps) {

    /** Its parameters. */
    Stream<float[]> vectors() {
        return bias == null ? Stream.of(weight) : Stream.of(weight, bias);
    }

    void forward(float[] x, int tokens, Activations target, Compute compute) {
        int size = weight.length;
        float[] y = target.resize(tokens, size).values();
        compute.forEachToken(tokens, (from, to) -> {
            for (int token = from; token < to; token++) {
                apply(x, token * size, y, compute);
            }
        });
    }

    /** Normalizes the consecutive heads of one token in place. */
    void forEachHead(float[] x, int offset, int heads, Compute compute) {
        for (int head = 0; head < heads; head++) {
            apply(x, offset + head * weight.length, x, compute);
        }
    }

    private void apply(float[] x, int offset, float[] y, Compute compute) {
        if (bias == null) {
            compute.kernels().rmsNorm(x, offset, weight, eps, y, offset);
        } else {
            compute.kernels().layerNorm(x, offset, weight, bias, eps, y, offset);
        }
    }
}
