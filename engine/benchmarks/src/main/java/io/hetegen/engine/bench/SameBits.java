package io.hetegen.engine.bench;

/** A benchmark of kernels that calculate something else is worth nothing. */
final class SameBits {

    private SameBits() {}

    /** @throws IllegalStateException naming the first element that differs */
    static void check(String what, float[] actual, float[] expected) {
        for (int i = 0; i < expected.length; i++) {
            if (Float.floatToRawIntBits(actual[i]) != Float.floatToRawIntBits(expected[i])) {
                throw new IllegalStateException(what + ": element " + i + " must be " + expected[i]
                        + " as the reference kernels have it, is " + actual[i]);
            }
        }
    }
}
