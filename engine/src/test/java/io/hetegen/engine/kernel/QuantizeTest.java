package io.hetegen.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Section 3 of docs/arithmetic.md. */
class QuantizeTest {

    private static final int[] BLOCKS = {32, 256};
    private static final byte UNTOUCHED = 99;

    private final SplittableRandom random = new SplittableRandom(3);

    @EveryKernelSet
    void ordinaryBlocks(Kernels kernels) {
        for (int block : BLOCKS) {
            for (int columns : new int[] {block, 3 * block, 33 * block}) {
                float[] x = new float[7 * columns];
                for (int i = 0; i < x.length; i++) {
                    x[i] = (float) (random.nextDouble() - 0.5) * Math.scalb(1f, i / block % 40 - 20);
                }
                check(kernels, block, x, columns);
            }
        }
    }

    /** 127 as the greatest magnitude, times a power of two, makes the factor a power of two and x.5 a tie. */
    @EveryKernelSet
    void tiesGoToTheEvenNeighbour(Kernels kernels) {
        for (int block : BLOCKS) {
            float[] x = new float[64 * block];
            for (int i = 0; i < x.length; i++) {
                float scale = Math.scalb(1f, i / block - 30);
                x[i] = i % block == 0 ? -127 * scale : (random.nextInt(253) - 126 + 0.5f) * scale;
            }
            check(kernels, block, x, 2 * block);
        }
    }

    /** Where a division by d, or a factor that is not rounded, comes to another integer. */
    @EveryKernelSet
    void aHairsBreadthFromATie(Kernels kernels) {
        for (int block : BLOCKS) {
            float[] x = new float[1000 * block];
            for (int at = 0; at < x.length; at += block) {
                float max = 1 + random.nextInt(1 << 23) * 0x1p-23f;
                for (int i = 0; i < block; i++) {
                    float tie = (float) ((random.nextInt(253) - 126 + 0.5) * max / 127);
                    x[at + i] = Float.intBitsToFloat(Float.floatToRawIntBits(tie) + i % 3 - 1);
                }
                x[at] = max;
            }
            check(kernels, block, x, x.length);
        }
    }

    @EveryKernelSet
    void specialBlocks(Kernels kernels) {
        for (int block : BLOCKS) {
            List<float[]> blocks = new ArrayList<>();
            for (float special : new float[] {
                0f,
                -0f,
                Float.MIN_VALUE,
                -Float.MIN_NORMAL,
                Math.nextDown(0x1p-100f),
                -Math.nextDown(0x1p-100f),
                0x1p-100f,
                -0x1p-100f,
                Math.nextUp(0x1p-100f),
                Float.MAX_VALUE,
                -Float.MAX_VALUE,
                Float.POSITIVE_INFINITY,
                Float.NEGATIVE_INFINITY,
                Float.NaN,
                Float.intBitsToFloat(0xff800001)
            }) {
                for (int at : new int[] {0, 7, 15, 16, block - 1}) {
                    blocks.add(filled(block, -0f, at, special));
                    blocks.add(filled(block, special, at, -special));
                    blocks.add(filled(block, 0x1.8p-101f, at, special));
                    blocks.add(filled(block, 1f, at, special));
                }
            }
            blocks.add(filled(block, Float.POSITIVE_INFINITY, 9, Float.NaN));
            float[] x = new float[blocks.size() * block];
            for (int i = 0; i < blocks.size(); i++) {
                System.arraycopy(blocks.get(i), 0, x, i * block, block);
            }
            check(kernels, block, x, block);
            check(kernels, block, x, x.length);
        }
    }

    @EveryKernelSet
    void onlyTheTokensAskedFor(Kernels kernels) {
        for (int block : BLOCKS) {
            Activations x = new Activations().resize(5, 2 * block);
            for (int i = 0; i < 5 * 2 * block; i++) {
                x.values()[i] = i;
            }
            x.resizeQuantized(weights(block));
            Arrays.fill(x.quants(block), UNTOUCHED);
            Arrays.fill(x.scales(block), UNTOUCHED);
            kernels.quantize(x, 1, 3);
            for (int i = 0; i < 10; i++) {
                boolean touched = i >= 2 && i < 6;
                assertThat(x.scales(block)[i] != UNTOUCHED).isEqualTo(touched);
                assertThat(x.quants(block)[i * block] != UNTOUCHED).isEqualTo(touched);
                assertThat(x.quants(block)[i * block + block - 1] != UNTOUCHED).isEqualTo(touched);
            }
        }
    }

    private static float[] filled(int block, float rest, int at, float special) {
        float[] x = new float[block];
        Arrays.fill(x, rest);
        x[at] = special;
        return x;
    }

    private static DType weights(int block) {
        return block == 32 ? DType.Q8_0 : DType.Q4_K;
    }

    private static void check(Kernels kernels, int block, float[] values, int columns) {
        int tokens = values.length / columns;
        Activations x = new Activations().resize(tokens, columns);
        System.arraycopy(values, 0, x.values(), 0, values.length);
        x.resizeQuantized(weights(block));
        Arrays.fill(x.quants(block), UNTOUCHED);
        kernels.quantize(x, 0, tokens);
        float[] scales = new float[values.length / block];
        int[] quants = new int[values.length];
        for (int at = 0; at < values.length; at += block) {
            Specification.QuantizedBlock expected = Specification.quantize(values, at, block);
            scales[at / block] = expected.d();
            System.arraycopy(expected.q(), 0, quants, at, block);
        }
        assertThat(Arrays.copyOf(x.scales(block), scales.length)).isEqualTo(scales);
        for (int i = 0; i < quants.length; i++) {
            assertThat((int) x.quants(block)[i])
                    .as("quant of %s, block %s", values[i], i / block)
                    .isEqualTo(quants[i])
                    .isBetween(-127, 127);
        }
    }
}
