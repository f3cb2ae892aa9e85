package io.hetegen.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Section 3 of docs/arithmetic.md. */
class QuantizeTest {

    private static final int BLOCK = 32;
    private static final byte UNTOUCHED = 99;

    private final SplittableRandom random = new SplittableRandom(3);

    @EveryKernelSet
    void ordinaryBlocks(Kernels kernels) {
        for (int columns : new int[] {32, 96, 1056}) {
            float[] x = new float[7 * columns];
            for (int i = 0; i < x.length; i++) {
                x[i] = (float) (random.nextDouble() - 0.5) * Math.scalb(1f, i / BLOCK % 40 - 20);
            }
            check(kernels, x, columns);
        }
    }

    /** 127 as the greatest magnitude, times a power of two, makes the factor a power of two and x.5 a tie. */
    @EveryKernelSet
    void tiesGoToTheEvenNeighbour(Kernels kernels) {
        float[] x = new float[64 * BLOCK];
        for (int i = 0; i < x.length; i++) {
            float scale = Math.scalb(1f, i / BLOCK - 30);
            x[i] = i % BLOCK == 0 ? -127 * scale : (random.nextInt(253) - 126 + 0.5f) * scale;
        }
        check(kernels, x, 2 * BLOCK);
    }

    /** Where a division by d, or a factor that is not rounded, comes to another integer. */
    @EveryKernelSet
    void aHairsBreadthFromATie(Kernels kernels) {
        float[] x = new float[1000 * BLOCK];
        for (int at = 0; at < x.length; at += BLOCK) {
            float max = 1 + random.nextInt(1 << 23) * 0x1p-23f;
            for (int i = 0; i < BLOCK; i++) {
                float tie = (float) ((random.nextInt(253) - 126 + 0.5) * max / 127);
                x[at + i] = Float.intBitsToFloat(Float.floatToRawIntBits(tie) + i % 3 - 1);
            }
            x[at] = max;
        }
        check(kernels, x, x.length);
    }

    @EveryKernelSet
    void specialBlocks(Kernels kernels) {
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
            for (int at : new int[] {0, 7, 15, 16, 31}) {
                blocks.add(filled(-0f, at, special));
                blocks.add(filled(special, at, -special));
                blocks.add(filled(0x1.8p-101f, at, special));
                blocks.add(filled(1f, at, special));
            }
        }
        blocks.add(filled(Float.POSITIVE_INFINITY, 9, Float.NaN));
        float[] x = new float[blocks.size() * BLOCK];
        for (int i = 0; i < blocks.size(); i++) {
            System.arraycopy(blocks.get(i), 0, x, i * BLOCK, BLOCK);
        }
        check(kernels, x, BLOCK);
        check(kernels, x, x.length);
    }

    @EveryKernelSet
    void onlyTheTokensAskedFor(Kernels kernels) {
        Activations x = new Activations().resize(5, 2 * BLOCK);
        for (int i = 0; i < 5 * 2 * BLOCK; i++) {
            x.values()[i] = i;
        }
        x.resizeQuantized();
        Arrays.fill(x.quants(), UNTOUCHED);
        Arrays.fill(x.scales(), UNTOUCHED);
        kernels.quantize(x, 1, 3);
        for (int block = 0; block < 10; block++) {
            boolean touched = block >= 2 && block < 6;
            assertThat(x.scales()[block] != UNTOUCHED).isEqualTo(touched);
            assertThat(x.quants()[block * BLOCK] != UNTOUCHED).isEqualTo(touched);
            assertThat(x.quants()[block * BLOCK + BLOCK - 1] != UNTOUCHED).isEqualTo(touched);
        }
    }

    private static float[] filled(float rest, int at, float special) {
        float[] block = new float[BLOCK];
        Arrays.fill(block, rest);
        block[at] = special;
        return block;
    }

    private static void check(Kernels kernels, float[] values, int columns) {
        int tokens = values.length / columns;
        Activations x = new Activations().resize(tokens, columns);
        System.arraycopy(values, 0, x.values(), 0, values.length);
        x.resizeQuantized();
        Arrays.fill(x.quants(), UNTOUCHED);
        kernels.quantize(x, 0, tokens);
        float[] scales = new float[values.length / BLOCK];
        int[] quants = new int[values.length];
        for (int at = 0; at < values.length; at += BLOCK) {
            Specification.QuantizedBlock block = Specification.quantize(values, at);
            scales[at / BLOCK] = block.d();
            System.arraycopy(block.q(), 0, quants, at, BLOCK);
        }
        assertThat(Arrays.copyOf(x.scales(), scales.length)).isEqualTo(scales);
        for (int i = 0; i < quants.length; i++) {
            assertThat((int) x.quants()[i])
                    .as("quant of %s, block %s", values[i], i / BLOCK)
                    .isEqualTo(quants[i])
                    .isBetween(-127, 127);
        }
    }
}
