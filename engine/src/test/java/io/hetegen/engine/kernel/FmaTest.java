package io.hetegen.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The calculation for machines without the instruction against {@link Math#fma}, bit for bit. */
class FmaTest {

    private static final int CASES = 3_000_000;
    private static final float[] SPECIAL = {
        0f,
        -0f,
        1f,
        -1f,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        Float.MIN_NORMAL,
        Math.nextDown(Float.MIN_NORMAL),
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.NaN,
        0x1p-75f,
        0x1.000002p0f
    };

    private final SplittableRandom random = new SplittableRandom(5);

    @Test
    void anyBits() {
        for (int i = 0; i < CASES; i++) {
            check(anyFloat(), anyFloat(), anyFloat());
        }
    }

    /** Sums near the product, where the rounding is decided by the last bits; subnormal results too. */
    @Test
    void nearCancellation() {
        for (int i = 0; i < CASES; i++) {
            int exponent = -75 + random.nextInt(80);
            float a = Math.scalb(1 + random.nextInt(1 << 23) * 0x1p-23f, exponent);
            float b = Math.scalb(1 + random.nextInt(1 << 23) * 0x1p-23f, -80 + random.nextInt(40));
            float c = Math.scalb(-a * b, random.nextInt(60) - 30);
            check(a, b, c);
        }
    }

    /** The exact sum lies halfway between two floats but for a bit far below: rounding twice would go wrong. */
    @Test
    void ties() {
        for (int i = 0; i < CASES; i++) {
            float c = 1 + random.nextInt(1 << 23) * 0x1p-23f;
            float a = 0x1p-24f * (1 + (random.nextInt(5) - 2) * 0x1p-23f);
            check(a, random.nextBoolean() ? 1 : Math.nextUp(1f), c);
            check(-a, random.nextBoolean() ? 1 : Math.nextDown(1f), c);
        }
    }

    @Test
    void specialValues() {
        for (float a : SPECIAL) {
            for (float b : SPECIAL) {
                for (float c : SPECIAL) {
                    check(a, b, c);
                }
            }
        }
    }

    private float anyFloat() {
        return Float.intBitsToFloat(random.nextInt());
    }

    private static void check(float a, float b, float c) {
        float expected = Math.fma(a, b, c);
        float actual = Fma.exact(a, b, c);
        if (Float.floatToIntBits(actual) != Float.floatToIntBits(expected)) {
            assertThat(actual).as("fma(%s, %s, %s)", a, b, c).isEqualTo(expected);
        }
    }
}
