package io.hetegen.engine.device.cuda;

import jcuda.driver.CUdeviceptr;

/** A device pointer for the driver to set, with a value that can be read, which JCuda keeps to subclasses. */
final class DevicePointer extends CUdeviceptr {

    long address() {
        return getNativePointer() + getByteOffset();
    }

    static CUdeviceptr at(long address) {
        return new CUdeviceptr().withByteOffset(address);
    }
}
