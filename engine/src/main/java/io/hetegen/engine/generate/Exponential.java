package io.hetegen.engine.generate;

/**
 * {@code e^x} for {@code x <= 0} as one written sequence of binary64 operations, so that every machine draws the same
 * token ({@code docs/sampling.md}). Within 2 ulp of the true value; {@code e^0} is 1 exactly.
 */
final class Exponential {

    /** Below, the result is 0: it would leave the normal numbers soon after. */
    static final double LEAST = -708.0;

    private static final double LOG2_E = 0x1.71547652b82fep0;
    // ln 2 in two parts, as in fdlibm's e_exp.c: the first ends in zeros, so that k * LN2_HIGH is exact.
    private static final double LN2_HIGH = 0x1.62e42feep-1;
    private static final double LN2_LOW = 0x1.a39ef35793c76p-33;

    /** Taylor's 1/13!, 1/12!, ... 1/2!, each rounded to binary64: |r| <= ln(2)/2 leaves an error below 2^-57. */
    private static final double[] COEFFICIENTS = coefficients();

    private Exponential() {}

    private static double[] coefficients() {
        double[] coefficients = new double[12];
        long factorial = 1;
        for (int n = 2; n <= 13; n++) {
            // 13! < 2^53: exact, so that the division rounds once.
            factorial *= n;
            coefficients[13 - n] = 1.0 / factorial;
        }
        return coefficients;
    }

    static double of(double x) {
        if (x < LEAST) {
            return 0.0;
        }
        double k = Math.rint(x * LOG2_E);
        double r = (x - k * LN2_HIGH) - k * LN2_LOW;
        double sum = COEFFICIENTS[0];
        for (int i = 1; i < COEFFICIENTS.length; i++) {
            sum = sum * r + COEFFICIENTS[i];
        }
        double power = 1.0 + (r + r * r * sum);
        return power * Double.longBitsToDouble(((long) k + 1023) << 52);
    }
}
