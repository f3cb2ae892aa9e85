package io.hetegen.engine.device.cuda;

import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.JCudaDriver;

/** One kernel of a module, usable while the module is open. */
public final class CudaKernel {

    private final CudaModule module;
    private final CUfunction function;

    CudaKernel(CudaModule module, CUfunction function) {
        this.module = module;
        this.function = function;
    }

    /** Lets launches ask for more dynamic shared memory than the 48 KiB that are always allowed. */
    public void allowSharedBytes(int bytes) {
        int attribute = CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
        CudaResult.check("cuFuncSetAttribute", JCudaDriver.cuFuncSetAttribute(handle(), attribute, bytes));
    }

    CUfunction handle() {
        module.checkOpen();
        return function;
    }
}
