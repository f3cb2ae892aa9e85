package io.hetegen.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Section 1 of docs/arithmetic.md. */
class Float16Test {

    @Test
    void everyHalfIsExactAndComesBack() {
        for (int bits = 0; bits < 0x10000; bits++) {
            short half = (short) bits;
            float value = Float16.toFloat(half);
            int magnitude = bits & 0x7fff;
            if (magnitude > 0x7c00) {
                assertThat(value).isNaN();
                assertThat(Float16.toFloat(Float16.fromFloat(value))).isNaN();
            } else {
                assertThat(Float.floatToRawIntBits(value)).isEqualTo(Float.floatToRawIntBits(exact(bits)));
                assertThat(Float16.fromFloat(value)).isEqualTo(half);
            }
        }
    }

    @Test
    void tiesGoToTheEvenHalf() {
        for (int bits = 0; bits < 0x7bff; bits++) {
            float low = exact(bits);
            float high = exact(bits + 1);
            float middle = (low + high) / 2;
            short even = (short) (bits + (bits & 1));
            assertThat(Float16.fromFloat(middle)).isEqualTo(even);
            assertThat(Float16.fromFloat(-middle)).isEqualTo((short) (even | 0x8000));
            assertThat(Float16.fromFloat(Math.nextDown(middle))).isEqualTo((short) bits);
            assertThat(Float16.fromFloat(Math.nextUp(middle))).isEqualTo((short) (bits + 1));
        }
        assertThat(Float16.fromFloat(Math.nextDown(65520f))).isEqualTo((short) 0x7bff);
        assertThat(Float16.fromFloat(65520f)).isEqualTo((short) 0x7c00);
        assertThat(Float16.fromFloat(Float.NEGATIVE_INFINITY)).isEqualTo((short) 0xfc00);
        assertThat(Float16.fromFloat(-Float.MIN_VALUE)).isEqualTo((short) 0x8000);
    }

    @Test
    void bfloatsComeBackAndRoundToEven() {
        for (int bits = 0; bits < 0x10000; bits++) {
            float value = Float16.bfloatToFloat((short) bits);
            if (Float.isNaN(value)) {
                assertThat(Float16.bfloatToFloat(Float16.bfloatFromFloat(value)))
                        .isNaN();
            } else {
                assertThat(Float16.bfloatFromFloat(value)).isEqualTo((short) bits);
            }
        }
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 100_000; i++) {
            int upper = random.nextInt(0x7f7f);
            short even = (short) (upper + (upper & 1));
            assertThat(Float16.bfloatFromFloat(Float.intBitsToFloat(upper << 16 | 0x8000)))
                    .isEqualTo(even);
            assertThat(Float16.bfloatFromFloat(Float.intBitsToFloat(upper << 16 | 0x7fff)))
                    .isEqualTo((short) upper);
            assertThat(Float16.bfloatFromFloat(Float.intBitsToFloat(upper << 16 | 0x8001)))
                    .isEqualTo((short) (upper + 1));
        }
    }

    /** By the definition of the format, without its bits. */
    private static float exact(int bits) {
        int exponent = bits >> 10 & 31;
        int fraction = bits & 0x3ff;
        double magnitude = exponent == 31
                ? Double.POSITIVE_INFINITY
                : exponent == 0 ? Math.scalb((double) fraction, -24) : Math.scalb(1024.0 + fraction, exponent - 25);
        return (float) ((bits & 0x8000) == 0 ? magnitude : -magnitude);
    }
}
