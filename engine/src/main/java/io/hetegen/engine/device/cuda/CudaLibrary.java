package io.hetegen.engine.device.cuda;

import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/** JCuda's native library for the driver, which needs the driver's own; loaded at most once per class loader. */
final class CudaLibrary {

    private static final @Nullable String PROBLEM = JCudaLoading.problem(() -> JCudaDriver.setExceptionsEnabled(false));

    private CudaLibrary() {}

    /** Why {@link JCudaDriver} cannot be called, null if it can. */
    static @Nullable String problem() {
        return PROBLEM;
    }
}
