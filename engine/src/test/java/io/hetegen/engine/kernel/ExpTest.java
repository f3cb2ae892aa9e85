package io.hetegen.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Section 7 of docs/arithmetic.md. */
class ExpTest {

    private static final double MOST_ULPS = 1.0;

    @Test
    void isWithinOneUlp() {
        double worst = 0;
        float at = 0;
        for (float x = -87; x <= 88.72f; x += 0x1p-13f) {
            double exact = StrictMath.exp(x);
            double ulps = Math.abs(Exp.exp(x) - exact) / Math.ulp((float) exact);
            if (ulps > worst) {
                worst = ulps;
                at = x;
            }
        }
        assertThat(worst).as("error in ulp, at %s", at).isLessThanOrEqualTo(MOST_ULPS);
    }

    @Test
    void neighboursOfZeroAreWithinOneUlp() {
        for (int exponent = -149; exponent <= -1; exponent++) {
            for (float x : new float[] {Math.scalb(1f, exponent), -Math.scalb(1.3f, exponent)}) {
                double exact = StrictMath.exp(x);
                assertThat(Math.abs(Exp.exp(x) - exact) / Math.ulp((float) exact))
                        .isLessThanOrEqualTo(MOST_ULPS);
            }
        }
    }

    /** Where the integer part changes, and where it would not if the product were not rounded. */
    @Test
    void equalsTheSpecificationAroundEachHalf() {
        for (int n = -127; n <= 128; n++) {
            float half = (float) ((n + 0.5) * StrictMath.log(2));
            for (int ulps = -8; ulps <= 8; ulps++) {
                check(Float.intBitsToFloat(Float.floatToRawIntBits(half) + ulps));
            }
        }
    }

    /** Every 1021st float, and each border with its neighbours. */
    @Test
    void equalsTheSpecification() {
        for (long bits = 0; bits < 1L << 32; bits += 1021) {
            check(Float.intBitsToFloat((int) bits));
        }
        for (float border : new float[] {0f, -0f, Exp.LEAST, Exp.GREATEST, 88.72283f, 88.37626f, 0.34657359f}) {
            check(border);
            check(-border);
            check(Math.nextUp(border));
            check(Math.nextDown(border));
        }
    }

    private static void check(float x) {
        float expected = Specification.exp(x);
        if (Float.floatToIntBits(Exp.exp(x)) != Float.floatToIntBits(expected)) {
            assertThat(Exp.exp(x)).as("exp(%s)", x).isEqualTo(expected);
        }
    }

    @Test
    void specialCases() {
        assertThat(Exp.exp(0f)).isEqualTo(1f);
        assertThat(Exp.exp(-0f)).isEqualTo(1f);
        assertThat(Exp.exp(-87f)).isGreaterThanOrEqualTo(Float.MIN_NORMAL);
        assertThat(Exp.exp(Math.nextDown(-87f))).isEqualTo(0f);
        assertThat(Exp.exp(Float.NEGATIVE_INFINITY)).isEqualTo(0f);
        assertThat(Exp.exp(88.72f)).isFinite();
        assertThat(Exp.exp(88.73f)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(Exp.exp(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(Exp.exp(Float.NaN)).isNaN();
    }
}
