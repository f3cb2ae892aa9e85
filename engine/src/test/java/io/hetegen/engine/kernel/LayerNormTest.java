package io.hetegen.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Section 6 of docs/arithmetic.md, layer norm. */
class LayerNormTest {

    private static final int[] WIDTHS = {1, 2, 15, 16, 17, 63, 64, 65, 100, 128, 768, 1000};

    private final SplittableRandom random = new SplittableRandom(6);

    @EveryKernelSet
    void ordinaryValues(Kernels kernels) {
        for (int width : WIDTHS) {
            for (float eps : new float[] {1e-5f, 0.3f}) {
                check(kernels, randomFloats(width, 4), eps);
                check(kernels, randomFloats(width, 1e-3), eps);
            }
        }
    }

    @EveryKernelSet
    void extremeValues(Kernels kernels) {
        for (int width : WIDTHS) {
            for (float extreme : new float[] {1e30f, -1e19f, Float.MIN_VALUE, Float.POSITIVE_INFINITY, Float.NaN}) {
                float[] row = randomFloats(width, 4);
                row[random.nextInt(width)] = extreme;
                check(kernels, row, 1e-5f);
            }
        }
    }

    private void check(Kernels kernels, float[] row, float eps) {
        float[] weight = randomFloats(row.length, 2);
        float[] bias = randomFloats(row.length, 2);
        float[] x = new float[row.length + 8];
        Arrays.fill(x, 1e9f);
        System.arraycopy(row, 0, x, 3, row.length);
        float[] expected = x.clone();
        System.arraycopy(Specification.layerNorm(row, weight, bias, eps), 0, expected, 3, row.length);
        float[] y = x.clone();
        kernels.layerNorm(x, 3, weight, bias, eps, y, 3);
        assertThat(y).as("width %s, eps %s", row.length, eps).isEqualTo(expected);
        kernels.layerNorm(x, 3, weight, bias, eps, x, 3);
        assertThat(x).as("in place").isEqualTo(expected);
    }

    private float[] randomFloats(int count, double magnitude) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) ((random.nextDouble() - 0.5) * magnitude + magnitude / 5);
        }
        return x;
    }
}
