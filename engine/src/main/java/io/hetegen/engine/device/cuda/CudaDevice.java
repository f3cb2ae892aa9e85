package io.hetegen.engine.device.cuda;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.JCudaDriver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A GPU as one engine uses it: the primary context, which all engines of the process share, a budget of device memory,
 * and everything that was made from it. Closing waits for the device and gives all of it back.
 *
 * <p>Each thread that enqueues or waits calls {@link #bindThread()} once before. Making and closing things is safe from
 * any thread and binds it. A stream is for one thread at a time.
 */
public final class CudaDevice implements AutoCloseable {

    /** Stays free when a budget is set: the driver itself, other processes and the compiler of kernels need some. */
    static final long RESERVE_BYTES = 256L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(CudaDevice.class);

    private final DeviceProperties properties;
    private final CUdevice device;
    private final CUcontext context;
    private final MemoryBudget budget;
    private final Set<CudaResource> resources = new LinkedHashSet<>();
    private boolean closed;
    private boolean failureIsKnown;

    private CudaDevice(DeviceProperties properties, CUdevice device, CUcontext context, MemoryBudget budget) {
        this.properties = properties;
        this.device = device;
        this.context = context;
        this.budget = budget;
    }

    /** With the budget that was asked for, or less where less is free. */
    static CudaDevice open(DeviceProperties properties, long budgetBytes) {
        CUdevice device = new CUdevice();
        CudaResult.check("cuDeviceGet", JCudaDriver.cuDeviceGet(device, properties.ordinal()));
        CUcontext context = new CUcontext();
        CudaResult.check("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
        try {
            CudaResult.check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
            return new CudaDevice(properties, device, context, new MemoryBudget(budgetBytes, mostBytes()));
        } catch (DeviceException | IllegalArgumentException e) {
            JCudaDriver.cuDevicePrimaryCtxRelease(device);
            throw e;
        }
    }

    private static long mostBytes() {
        long[] free = new long[1];
        long[] total = new long[1];
        CudaResult.check("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, total));
        if (free[0] <= RESERVE_BYTES) {
            throw new OutOfDeviceMemoryException(
                    "cuMemGetInfo",
                    "only " + free[0] + " of its " + total[0] + " bytes are free, and " + RESERVE_BYTES
                            + " must stay so; end other processes that use it");
        }
        return free[0] - RESERVE_BYTES;
    }

    public DeviceProperties properties() {
        return properties;
    }

    /** What this engine may take of the device's memory. */
    public MemoryBudget budget() {
        return budget;
    }

    /** Makes the device usable from the calling thread, until another one is bound to it. */
    public void bindThread() {
        CudaResult.check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
    }

    /**
     * Device memory, with unspecified contents.
     *
     * @throws OutOfDeviceMemoryException if the budget or the device does not have it
     */
    public DeviceBuffer allocate(long bytes) {
        return make(() -> DeviceBuffer.allocate(this, bytes));
    }

    /** Host memory of at most {@link MappedBuffer#MAX_BYTES} that kernels read and write directly. */
    public MappedBuffer map(long bytes) {
        return make(() -> MappedBuffer.allocate(this, bytes));
    }

    /**
     * Locks memory that the caller owns, so that it can be copied from without a staging copy. What cannot be locked is
     * no error: {@link RegisteredMemory#bytes()} says how much is.
     *
     * @param address of memory that outlives the result
     */
    public RegisteredMemory register(long address, long bytes) {
        return register(address, bytes, RegisteredMemory.PIECE_BYTES);
    }

    RegisteredMemory register(long address, long bytes, long pieceBytes) {
        return make(() -> RegisteredMemory.register(this, address, bytes, pieceBytes));
    }

    public CudaStream stream() {
        return make(() -> CudaStream.create(this));
    }

    /** To order streams and to wait for one. */
    public CudaEvent event() {
        return make(() -> CudaEvent.create(this, false));
    }

    /** An event that also keeps the time. */
    public CudaEvent timedEvent() {
        return make(() -> CudaEvent.create(this, true));
    }

    /**
     * Compiles the kernel text that is right for this device: the resource beside the class that is called {@code
     * NAME.sm_80.ptx} or {@code NAME.sm_75.ptx}.
     */
    public CudaModule module(Class<?> beside, String name) {
        byte[] text = PtxTarget.of(properties.capability()).text(beside, name);
        return make(() -> CudaModule.load(this, name, text));
    }

    /**
     * cuBLAS on a stream.
     *
     * @param workspace for it alone; closed after it
     * @throws BlasException if it cannot be loaded, or fails
     */
    public CudaBlas blas(CudaStream stream, DeviceBuffer workspace) {
        MappedBuffer scalars = map(2 * Float.BYTES);
        try {
            return make(() -> CudaBlas.create(this, stream.handle(), workspace, scalars));
        } catch (DeviceException e) {
            scalars.close();
            throw e;
        }
    }

    /** A block for the parameters of one kind of launch. */
    public KernelArguments arguments(int count) {
        return new KernelArguments(map(KernelArguments.bytes(count)), count);
    }

    private synchronized <T extends CudaResource> T make(Supplier<T> maker) {
        if (closed) {
            throw new IllegalStateException("the device is closed");
        }
        bindThread();
        T made = maker.get();
        resources.add(made);
        return made;
    }

    /** Called once for each resource, by its {@code close()}. */
    synchronized void release(CudaResource resource) {
        resources.remove(resource);
        doAllOrWarn(resource.getClass().getSimpleName(), List.of(this::bindThread, resource::release));
    }

    /** {@link #close()} of a device that has failed: what fails now follows from it and is no news. */
    public synchronized void closeAfterFailure() {
        failureIsKnown = true;
        close();
    }

    /** Waits for the device and gives back all that is left. A failure is a line in the log. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        List<CudaResource> left = new ArrayList<>(resources);
        Collections.reverse(left);
        List<Runnable> steps = new ArrayList<>();
        steps.add(this::bindThread);
        for (CudaResource resource : left) {
            if (resource instanceof CudaStream stream) {
                steps.add(stream::synchronize);
            }
        }
        left.forEach(resource -> steps.add(resource::close));
        steps.add(() -> CudaResult.check("cuDevicePrimaryCtxRelease", JCudaDriver.cuDevicePrimaryCtxRelease(device)));
        doAllOrWarn("the device", steps);
    }

    private void doAllOrWarn(String what, List<Runnable> steps) {
        try {
            doAll(steps);
        } catch (DeviceException e) {
            if (failureIsKnown) {
                LOG.debug("GPU {}: closing {}: {}", properties.ordinal(), what, e.getMessage());
            } else {
                LOG.warn("GPU {}: closing {}: {}", properties.ordinal(), what, e.getMessage());
            }
            failureIsKnown |= e.isFatal();
        }
    }

    /** Does every step, and then throws the first failure. */
    static void doAll(List<Runnable> steps) {
        DeviceException first = null;
        for (Runnable step : steps) {
            try {
                step.run();
            } catch (DeviceException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
