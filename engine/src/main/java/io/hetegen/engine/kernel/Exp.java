package io.hetegen.engine.kernel;

/** The exponential function of docs/arithmetic.md, "exp": at most 1 ulp from the exact value, the same bits everywhere. */
final class Exp {

    static final float LEAST = -87f;
    static final float GREATEST = 89f;

    private static final float LOG2_E = 0x1.715476p0f;
    private static final float LN2_HIGH = 0x1.62e4p-1f;
    private static final float LN2_LOW = 0x1.7f7d1cp-20f;

    /** Adding and subtracting it rounds |x| < 2^22 to the nearest integer, ties to even. */
    private static final float ROUND = 0x1.8p23f;

    private static final float C2 = 0x1p-1f;
    private static final float C3 = 0x1.555556p-3f;
    private static final float C4 = 0x1.555556p-5f;
    private static final float C5 = 0x1.111112p-7f;
    private static final float C6 = 0x1.6c16c2p-10f;
    private static final float C7 = 0x1.a01a02p-13f;

    private Exp() {}

    static float exp(float x) {
        if (x < LEAST) {
            return 0;
        }
        if (x > GREATEST) {
            return Float.POSITIVE_INFINITY;
        }
        float n = (x * LOG2_E + ROUND) - ROUND;
        float r = Fma.fma(n, -LN2_LOW, Fma.fma(n, -LN2_HIGH, x));
        float p = Fma.fma(C7, r, C6);
        p = Fma.fma(p, r, C5);
        p = Fma.fma(p, r, C4);
        p = Fma.fma(p, r, C3);
        p = Fma.fma(p, r, C2);
        p = Fma.fma(p, r, 1);
        p = Fma.fma(p, r, 1);
        // In two steps, because 2^128 is not a float.
        int exponent = (int) n;
        int half = exponent >> 1;
        return p * powerOfTwo(half) * powerOfTwo(exponent - half);
    }

    private static float powerOfTwo(int exponent) {
        return Float.intBitsToFloat(exponent + 127 << 23);
    }
}
