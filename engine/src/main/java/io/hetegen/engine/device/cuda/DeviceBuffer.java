package io.hetegen.engine.device.cuda;

import jcuda.driver.JCudaDriver;

/** Memory of the device, counted in its budget until it is closed. */
public final class DeviceBuffer extends CudaResource {

    private final long address;
    private final long bytes;

    private DeviceBuffer(CudaDevice device, long address, long bytes) {
        super(device);
        this.address = address;
        this.bytes = bytes;
    }

    static DeviceBuffer allocate(CudaDevice device, long bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("a buffer has at least one byte, not " + bytes);
        }
        device.budget().take(bytes);
        DevicePointer pointer = new DevicePointer();
        int code = JCudaDriver.cuMemAlloc(pointer, bytes);
        if (code != 0) {
            device.budget().give(bytes);
            throw CudaResult.failure("cuMemAlloc", code, bytes + " bytes were asked for");
        }
        return new DeviceBuffer(device, pointer.address(), bytes);
    }

    public long bytes() {
        return bytes;
    }

    /** The device's address of a byte, for a kernel. */
    public long address(long offset) {
        checkRange(offset, 1);
        return address + offset;
    }

    void checkRange(long offset, long length) {
        checkOpen();
        if (offset < 0 || length < 0 || offset > bytes - length) {
            throw new IndexOutOfBoundsException(
                    length + " bytes from " + offset + " are not inside a device buffer of " + bytes);
        }
    }

    @Override
    void release() {
        device().budget().give(bytes);
        CudaResult.check("cuMemFree", JCudaDriver.cuMemFree(DevicePointer.at(address)));
    }
}
