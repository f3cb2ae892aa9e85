package io.hetegen.engine.device.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.JCudaDriver;

/**
 * Page-locked host memory that kernels read and write where it lies. The host sees what a kernel wrote once it has waited
 * for it.
 */
public final class MappedBuffer extends CudaResource implements LockedMemory {

    /** Above 2 GiB JCuda takes memory that it then cannot hand out. */
    public static final long MAX_BYTES = 1L << 30;

    private final Pointer pointer;
    private final ByteBuffer memory;
    private final long hostAddress;
    private final long deviceAddress;

    private MappedBuffer(CudaDevice device, HostPointer pointer, long deviceAddress) {
        super(device);
        this.pointer = pointer;
        this.memory = pointer.getByteBuffer();
        this.hostAddress = pointer.address();
        this.deviceAddress = deviceAddress;
    }

    static MappedBuffer allocate(CudaDevice device, long bytes) {
        if (bytes <= 0 || bytes > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "a piece of mapped memory has 1 to " + MAX_BYTES + " bytes, not " + bytes);
        }
        HostPointer pointer = new HostPointer();
        int flags = JCudaDriver.CU_MEMHOSTALLOC_DEVICEMAP | JCudaDriver.CU_MEMHOSTALLOC_PORTABLE;
        int code = JCudaDriver.cuMemHostAlloc(pointer, bytes, flags);
        if (code != 0) {
            throw CudaResult.failure("cuMemHostAlloc", code, bytes + " bytes of host memory were asked for");
        }
        try {
            DevicePointer onDevice = new DevicePointer();
            CudaResult.check("cuMemHostGetDevicePointer", JCudaDriver.cuMemHostGetDevicePointer(onDevice, pointer, 0));
            return new MappedBuffer(device, pointer, onDevice.address());
        } catch (DeviceException e) {
            JCudaDriver.cuMemFreeHost(pointer);
            throw e;
        }
    }

    @Override
    public long bytes() {
        return memory.capacity();
    }

    /** A view in the machine's byte order; it must not be used once this is closed. */
    public ByteBuffer view() {
        checkOpen();
        return memory.duplicate().order(ByteOrder.nativeOrder());
    }

    @Override
    public long address(long offset) {
        checkOffset(offset);
        return hostAddress + offset;
    }

    /** The device's address of a byte, for a kernel. */
    public long deviceAddress(long offset) {
        checkOffset(offset);
        return deviceAddress + offset;
    }

    @Override
    public long contiguous(long offset) {
        checkOffset(offset);
        return bytes() - offset;
    }

    private void checkOffset(long offset) {
        checkOpen();
        if (offset < 0 || offset >= bytes()) {
            throw new IndexOutOfBoundsException(offset + " is not inside mapped memory of " + bytes() + " bytes");
        }
    }

    @Override
    void release() {
        CudaResult.check("cuMemFreeHost", JCudaDriver.cuMemFreeHost(pointer));
    }
}
