package io.hetegen.engine.kernel;

import java.util.List;

/** The constants that docs/arithmetic.md fixes and that are not part of a layout. */
public final class Arithmetic {

    /** Goes up whenever any kernel gives other bits for the same weights and ids. */
    public static final int VERSION = 1;

    /** Activations are quantized in blocks of so many elements, as the weights that they meet. */
    static final List<Integer> ACTIVATION_BLOCKS = List.of(32, 256);

    /** A block of activations whose magnitudes are all below 2^-100 is zero. */
    static final float LEAST_MAGNITUDE = 0x1p-100f;

    /** Partial sums of a norm. */
    static final int NORM_PARTIALS = 64;

    /** Partial sums of a dot product of a query and a key. */
    static final int DOT_PARTIALS = 16;

    private Arithmetic() {}
}
