package io.hetegen.engine.kernel;

import java.util.SplittableRandom;

/** What kernels are compared on. */
final class RandomInputs {

    private RandomInputs() {}

    static float[] floats(int count, float range, SplittableRandom random) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextDouble() - 0.5) * range;
        }
        return values;
    }

    /** Rows of activations: blocks of different sizes, tiny ones and zeros of both signs among them. */
    static Activations activations(int tokens, int columns, SplittableRandom random) {
        Activations x = new Activations().resize(tokens, columns);
        float[] values = floats(tokens * columns, 1, random);
        for (int i = 0; i < values.length; i++) {
            x.values()[i] =
                    values[i] * (i / 32 % 5 == 4 ? 0 : Math.scalb(1f, i / 32 % 7 == 3 ? -130 : i / 32 % 11 - 5));
        }
        return x;
    }
}
