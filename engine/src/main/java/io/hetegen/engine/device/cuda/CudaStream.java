package io.hetegen.engine.device.cuda;

import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * A queue of work for the device, done in order. Nothing here waits but {@link #synchronize()}: what is enqueued may start
 * at once or late, only events order it with other streams, and the memory that it uses must stay as it is until it is
 * done.
 */
public final class CudaStream extends CudaResource {

    /** All copies of one direction share one queue of the hardware: a longer piece would hold up the others. */
    static final long COPY_PIECE_BYTES = 1L << 20;

    private final CUstream stream;

    private CudaStream(CudaDevice device, CUstream stream) {
        super(device);
        this.stream = stream;
    }

    static CudaStream create(CudaDevice device) {
        CUstream stream = new CUstream();
        CudaResult.check("cuStreamCreate", JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
        return new CudaStream(device, stream);
    }

    /** Enqueues a copy to the device, in pieces. */
    public void copy(LockedMemory from, long fromOffset, DeviceBuffer to, long toOffset, long bytes) {
        copyInPieces(
                "cuMemcpyHtoDAsync",
                from,
                fromOffset,
                to,
                toOffset,
                bytes,
                (host, device, piece) -> JCudaDriver.cuMemcpyHtoDAsync(device, host, piece, handle()));
    }

    /** Enqueues a copy from the device, in pieces. */
    public void copy(DeviceBuffer from, long fromOffset, LockedMemory to, long toOffset, long bytes) {
        copyInPieces(
                "cuMemcpyDtoHAsync",
                to,
                toOffset,
                from,
                fromOffset,
                bytes,
                (host, device, piece) -> JCudaDriver.cuMemcpyDtoHAsync(host, device, piece, handle()));
    }

    /** A copy between the host and the device, one way or the other. */
    private interface Copy {
        int enqueue(HostPointer host, CUdeviceptr device, long bytes);
    }

    private static void copyInPieces(
            String name,
            LockedMemory host,
            long hostOffset,
            DeviceBuffer device,
            long deviceOffset,
            long bytes,
            Copy copy) {
        device.checkRange(deviceOffset, bytes);
        checkRange(host, hostOffset, bytes);
        long done = 0;
        while (done < bytes) {
            long piece = piece(host, hostOffset + done, bytes - done);
            HostPointer at = new HostPointer(host.address(hostOffset + done));
            CudaResult.check(name, copy.enqueue(at, DevicePointer.at(device.address(deviceOffset + done)), piece));
            done += piece;
        }
    }

    private static long piece(LockedMemory memory, long offset, long left) {
        return Math.min(Math.min(left, COPY_PIECE_BYTES), memory.contiguous(offset));
    }

    private static void checkRange(LockedMemory memory, long offset, long bytes) {
        if (offset < 0 || bytes < 0 || offset > memory.bytes() - bytes) {
            throw new IndexOutOfBoundsException(
                    bytes + " bytes from " + offset + " are not inside " + memory.bytes() + " locked bytes");
        }
    }

    /** Enqueues a kernel. The arguments are read before this returns. */
    public void launch(CudaKernel kernel, LaunchShape shape, KernelArguments arguments) {
        CudaResult.check(
                "cuLaunchKernel",
                JCudaDriver.cuLaunchKernel(
                        kernel.handle(),
                        shape.gridX(),
                        shape.gridY(),
                        1,
                        shape.blockX(),
                        shape.blockY(),
                        1,
                        shape.sharedBytes(),
                        handle(),
                        arguments.pointer(),
                        null));
    }

    /** Makes the event mean this place. */
    public void record(CudaEvent event) {
        CudaResult.check("cuEventRecord", JCudaDriver.cuEventRecord(event.handle(), handle()));
    }

    /** What is enqueued from here on waits, on the device, for the place that the event means now. */
    public void waitFor(CudaEvent event) {
        CudaResult.check("cuStreamWaitEvent", JCudaDriver.cuStreamWaitEvent(handle(), event.handle(), 0));
    }

    /** Waits on the host until everything is done. */
    public void synchronize() {
        CudaResult.check("cuStreamSynchronize", JCudaDriver.cuStreamSynchronize(handle()));
    }

    CUstream handle() {
        checkOpen();
        return stream;
    }

    @Override
    void release() {
        CudaResult.check("cuStreamDestroy", JCudaDriver.cuStreamDestroy(stream));
    }
}
