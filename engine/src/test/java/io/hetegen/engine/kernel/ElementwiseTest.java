package io.hetegen.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Sections 5, 8 and 11 of docs/arithmetic.md: what is computed for each element or pair alone. */
class ElementwiseTest {

    private static final int[] LENGTHS = {0, 1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 100, 1000};
    private static final float UNTOUCHED = 7;

    /** With those around them, where exp, its argument or the quotient leave their range. */
    private static final float[] SPECIAL = {
        0f,
        -0f,
        87f,
        -87f,
        88.5f,
        -88.5f,
        88.72283f,
        -88.72283f,
        89f,
        -89f,
        -104f,
        16.6f,
        -16.6f,
        0.34657359f,
        -0.34657359f,
        Float.MIN_VALUE,
        Float.MIN_NORMAL,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.NaN
    };

    private final SplittableRandom random = new SplittableRandom(8);

    @EveryKernelSet
    void swiGlu(Kernels kernels) {
        for (int length : LENGTHS) {
            checkSwiGlu(kernels, randomFloats(length, 12), randomFloats(length, 4));
            checkSwiGlu(kernels, randomFloats(length, 250), randomFloats(length, 4));
        }
    }

    @EveryKernelSet
    void swiGluAtTheBordersOfExp(Kernels kernels) {
        float[] gates = new float[SPECIAL.length * 3 * SPECIAL.length];
        float[] ups = new float[gates.length];
        for (int i = 0; i < gates.length; i++) {
            float gate = SPECIAL[i / 3 % SPECIAL.length];
            gates[i] = i % 3 == 0 ? gate : i % 3 == 1 ? Math.nextUp(gate) : Math.nextDown(gate);
            ups[i] = SPECIAL[i / 3 / SPECIAL.length];
        }
        checkSwiGlu(kernels, gates, ups);
    }

    private static void checkSwiGlu(Kernels kernels, float[] gates, float[] ups) {
        int length = gates.length;
        int from = 2;
        float[] gate = padded(gates, from);
        float[] up = padded(ups, from);
        float[] expected = new float[gate.length];
        Arrays.fill(expected, UNTOUCHED);
        for (int i = 0; i < length; i++) {
            expected[from + i] = Specification.swiGlu(gates[i], ups[i]);
        }
        float[] target = new float[gate.length];
        Arrays.fill(target, UNTOUCHED);
        kernels.swiGlu(gate, up, target, from, from + length);
        assertThat(target).isEqualTo(expected);
        float[] inPlace = gate.clone();
        kernels.swiGlu(inPlace, up, inPlace, from, from + length);
        assertThat(inPlace).isEqualTo(expected);
        inPlace = up.clone();
        kernels.swiGlu(gate, inPlace, inPlace, from, from + length);
        assertThat(inPlace).isEqualTo(expected);
    }

    @EveryKernelSet
    void add(Kernels kernels) {
        for (int length : LENGTHS) {
            checkAdd(kernels, randomFloats(length, 3), randomFloats(length, 1000));
        }
        float[] x = new float[SPECIAL.length * SPECIAL.length];
        float[] y = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = SPECIAL[i / SPECIAL.length];
            y[i] = SPECIAL[i % SPECIAL.length];
        }
        checkAdd(kernels, x, y);
    }

    private static void checkAdd(Kernels kernels, float[] x, float[] y) {
        float[] sum = padded(x, 3);
        float[] expected = sum.clone();
        for (int i = 0; i < x.length; i++) {
            expected[3 + i] = x[i] + y[i];
        }
        kernels.add(sum, padded(y, 3), 3, 3 + x.length);
        assertThat(sum).isEqualTo(expected);
    }

    @EveryKernelSet
    void rope(Kernels kernels) {
        for (int headDim : new int[] {2, 8, 16, 18, 24, 32, 34, 64, 80, 128}) {
            for (int pairs : new int[] {1, headDim / 4, headDim / 2}) {
                float[] head = randomFloats(headDim, 6);
                float[] table = randomFloats(4 + 2 * pairs, 2);
                for (RopePairs kind : RopePairs.values()) {
                    float[] expected = head.clone();
                    for (int i = 0; i < pairs; i++) {
                        int first = kind == RopePairs.HALVES ? i : 2 * i;
                        int second = kind == RopePairs.HALVES ? pairs + i : 2 * i + 1;
                        Specification.rotate(expected, first, second, table[4 + 2 * i], table[4 + 2 * i + 1]);
                    }
                    float[] x = padded(head, 5);
                    kernels.rope(x, 5, table, 4, pairs, kind);
                    assertThat(x).as("%s of %s, %s", pairs, headDim, kind).isEqualTo(padded(expected, 5));
                }
            }
        }
    }

    @EveryKernelSet
    void relu(Kernels kernels) {
        float[] values = Arrays.copyOf(SPECIAL, SPECIAL.length + 50);
        System.arraycopy(randomFloats(50, 3), 0, values, SPECIAL.length, 50);
        float[] expected = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            expected[i] = values[i] < 0 ? 0 : values[i];
        }
        float[] target = padded(new float[values.length], 2);
        kernels.relu(padded(values, 2), target, 2, 2 + values.length);
        assertThat(target).isEqualTo(padded(expected, 2));
        float[] inPlace = padded(values, 2);
        kernels.relu(inPlace, inPlace, 2, 2 + values.length);
        assertThat(inPlace).isEqualTo(padded(expected, 2));
    }

    /** With elements before and behind that no kernel may touch. */
    private static float[] padded(float[] x, int before) {
        float[] all = new float[before + x.length + 9];
        Arrays.fill(all, UNTOUCHED);
        System.arraycopy(x, 0, all, before, x.length);
        return all;
    }

    private float[] randomFloats(int count, double magnitude) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) ((random.nextDouble() - 0.5) * magnitude);
        }
        return x;
    }
}
