package io.hetegen.engine.device.cuda;

import java.nio.ByteBuffer;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

/** A kernel text that the driver has compiled for the device. */
public final class CudaModule extends CudaResource {

    private final String name;
    private final CUmodule module;

    private CudaModule(CudaDevice device, String name, CUmodule module) {
        super(device);
        this.name = name;
        this.module = module;
    }

    static CudaModule load(CudaDevice device, String name, byte[] text) {
        // Off the heap: compiling takes up to seconds, and JCuda would hold up the garbage collector for an array.
        ByteBuffer image = ByteBuffer.allocateDirect(text.length + 1);
        image.put(text).put((byte) 0);
        CUmodule module = new CUmodule();
        int code = JCudaDriver.cuModuleLoadDataEx(module, Pointer.to(image), 0, new int[0], Pointer.to(new int[0]));
        if (code != 0) {
            throw CudaResult.failure("cuModuleLoadDataEx", code, "the kernel text was " + name);
        }
        return new CudaModule(device, name, module);
    }

    /** @throws DeviceException if the text has no such kernel */
    public CudaKernel kernel(String kernelName) {
        checkOpen();
        device().bindThread();
        CUfunction function = new CUfunction();
        int code = JCudaDriver.cuModuleGetFunction(function, module, kernelName);
        if (code != 0) {
            throw CudaResult.failure("cuModuleGetFunction", code, kernelName + " was looked for in " + name);
        }
        return new CudaKernel(this, function);
    }

    @Override
    void release() {
        CudaResult.check("cuModuleUnload", JCudaDriver.cuModuleUnload(module));
    }
}
