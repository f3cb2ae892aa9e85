package io.hetegen.engine;

import java.util.Locale;

/** Whether an answer depends on nothing but its request and the model (docs/arithmetic.md), or may, for speed. */
public enum Numerics {
    /** Every product has the bits that docs/arithmetic.md fixes, on every device. */
    REPRODUCIBLE,
    /**
     * Prefill may multiply float weights as fast as the GPU can. Its sums then depend on the device, its libraries and the
     * tokens that share a pass, so that another run may give another answer.
     */
    FAST;

    /** As answers, options and logs spell it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
