package io.hetegen.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.kernel.EveryKernelSet;
import io.hetegen.engine.kernel.Kernels;
import io.hetegen.engine.kernel.ReferenceKernels;
import io.hetegen.engine.kernel.RopePairs;
import io.hetegen.engine.kernel.Specification;
import io.hetegen.engine.model.ModelConfig.RopeConfig;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Section 8 of docs/arithmetic.md. */
class RotaryEmbeddingTest {

    private static final int[] POSITIONS = {0, 1, 63, 64, 65, 200};
    private static final int HEADS = 3;
    private static final float UNTOUCHED = 7;

    private final SplittableRandom random = new SplittableRandom(4);

    @EveryKernelSet
    void equalsTheSpecification(Kernels kernels) {
        for (int headDim : new int[] {2, 24, 64, 80, 128}) {
            for (double theta : new double[] {10_000, 500_000, 1_234.5f}) {
                for (double factor : new double[] {1, 4, 1.7f}) {
                    check(kernels, headDim, new RopeConfig(theta, headDim, factor), false);
                    check(kernels, headDim, new RopeConfig(theta, headDim, factor), true);
                    check(kernels, headDim, new RopeConfig(theta, (headDim + 2) / 4 * 2, factor), true);
                }
            }
        }
    }

    /** So far out that another order of the operations gives other bits here and there. */
    @Test
    void distantPositions() {
        Kernels kernels = new ReferenceKernels();
        RopeConfig config = new RopeConfig(10_000, 2, 1.7f);
        RotaryEmbedding rope = new RotaryEmbedding(config, RopePairs.INTERLEAVED, null);
        int end = 400_000;
        rope.prepare(end);
        for (int position = end - 30_000; position < end; position++) {
            float[] x = {1, 0};
            float[] expected = Specification.rope(x, position, 10_000, 2, 1.7f, new float[] {1}, false);
            rope.rotate(kernels, x, 0, 1, 2, position);
            if (!Arrays.equals(x, expected)) {
                assertThat(x).as("at %s", position).isEqualTo(expected);
            }
        }
    }

    private void check(Kernels kernels, int headDim, RopeConfig config, boolean divided) {
        for (RopePairs kind : RopePairs.values()) {
            check(kernels, headDim, config, divided, kind);
        }
    }

    private void check(Kernels kernels, int headDim, RopeConfig config, boolean divided, RopePairs kind) {
        float[] divisors = new float[config.dimensions() / 2];
        for (int i = 0; i < divisors.length; i++) {
            divisors[i] = divided ? 1 + random.nextInt(8_000) / 1000f : 1;
        }
        RotaryEmbedding rope = new RotaryEmbedding(config, kind, divided ? divisors : null);
        for (int position : POSITIONS) {
            rope.prepare(position + 1);
            int offset = 5;
            float[] x = new float[offset + HEADS * headDim + 3];
            Arrays.fill(x, UNTOUCHED);
            for (int i = 0; i < HEADS * headDim; i++) {
                x[offset + i] = (float) (random.nextDouble() - 0.5) * 6;
            }
            float[] expected = x.clone();
            for (int head = 0; head < HEADS; head++) {
                int at = offset + head * headDim;
                float[] rotated = Specification.rope(
                        Arrays.copyOfRange(x, at, at + headDim),
                        position,
                        config.theta(),
                        config.dimensions(),
                        config.linearFactor(),
                        divisors,
                        kind == RopePairs.HALVES);
                System.arraycopy(rotated, 0, expected, at, headDim);
            }
            rope.rotate(kernels, x, offset, HEADS, headDim, position);
            assertThat(x).as("%s of %s at %s", config, headDim, position).isEqualTo(expected);
        }
    }
}
