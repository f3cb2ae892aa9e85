package io.hetegen.engine.device.cuda;

import jcuda.jcublas.JCublas2;
import org.jspecify.annotations.Nullable;

/** JCuda's native library for cuBLAS, which needs cuBLAS itself; loaded at most once per class loader. */
final class BlasLibrary {

    private static final @Nullable String PROBLEM = JCudaLoading.problem(() -> JCublas2.setExceptionsEnabled(false));

    private BlasLibrary() {}

    /** Why {@link JCublas2} cannot be called, null if it can. */
    static @Nullable String problem() {
        return PROBLEM;
    }
}
