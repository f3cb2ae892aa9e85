package io.hetegen.engine.bench;

import java.util.SplittableRandom;

/** Activations like those of a model: between -2 and 2, the same each time. */
final class RandomFloats {

    private RandomFloats() {}

    static float[] of(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (4 * random.nextDouble() - 2);
        }
        return values;
    }
}
