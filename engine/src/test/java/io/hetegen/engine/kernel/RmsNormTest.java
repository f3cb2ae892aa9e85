package io.hetegen.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Section 6 of docs/arithmetic.md, RMS norm. */
class RmsNormTest {

    private static final int[] WIDTHS = {1, 2, 15, 16, 17, 31, 32, 63, 64, 65, 100, 127, 128, 256, 576, 1000, 2048};
    private static final float[] EPSILONS = {1e-5f, 1e-6f, 0f, 0.3f};

    private final SplittableRandom random = new SplittableRandom(6);

    @EveryKernelSet
    void ordinaryValues(Kernels kernels) {
        for (int width : WIDTHS) {
            for (float eps : EPSILONS) {
                check(kernels, randomFloats(width, 4), randomFloats(width, 2), eps);
                check(kernels, randomFloats(width, 1e-3), randomFloats(width, 2), eps);
            }
        }
    }

    /** Sums that overflow or vanish, and numbers that are none. */
    @EveryKernelSet
    void extremeValues(Kernels kernels) {
        for (int width : WIDTHS) {
            for (float extreme : new float[] {
                1e30f, 1e19f, 1e-30f, Float.MIN_VALUE, -0f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN
            }) {
                float[] one = randomFloats(width, 4);
                one[random.nextInt(width)] = extreme;
                check(kernels, one, randomFloats(width, 2), 1e-5f);
                float[] all = new float[width];
                Arrays.fill(all, extreme);
                check(kernels, all, randomFloats(width, 2), 1e-5f);
                check(kernels, all, randomFloats(width, 2), 0);
            }
        }
    }

    private static void check(Kernels kernels, float[] row, float[] weight, float eps) {
        int before = 3;
        float[] x = new float[before + row.length + 5];
        Arrays.fill(x, 1e9f);
        System.arraycopy(row, 0, x, before, row.length);
        float[] y = new float[row.length + 8];
        Arrays.fill(y, 7);
        float[] expected = y.clone();
        System.arraycopy(Specification.rmsNorm(row, weight, eps), 0, expected, 1, row.length);
        kernels.rmsNorm(x, before, weight, eps, y, 1);
        assertThat(y).as("width %s, eps %s", row.length, eps).isEqualTo(expected);
    }

    private float[] randomFloats(int count, double magnitude) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) ((random.nextDouble() - 0.5) * magnitude);
        }
        return x;
    }
}
