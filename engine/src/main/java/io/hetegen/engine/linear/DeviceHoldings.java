package io.hetegen.engine.linear;

import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.OutOfDeviceMemoryException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an accelerator holds of its device's memory: first what no product can do without, activations and the ring, then
 * the reserve, then resident tiles; what has to go goes the other way round. Changes only while no kernel runs.
 */
final class DeviceHoldings {

    private static final Logger LOG = LoggerFactory.getLogger(DeviceHoldings.class);

    private final CudaDevice device;
    private final Residency residency;
    private final DeviceReserve reserve;
    private final long workingBytes;
    private final Supplier<GpuActivations> newActivations;
    private final Function<AtomicLong, ParameterManager> newParameters;
    private final AtomicLong streamedBytes = new AtomicLong();
    private boolean reserved;
    private @Nullable WorkingMemory working;
    private volatile long residentBytes;

    /** What no product can do without. */
    private record WorkingMemory(GpuActivations activations, ParameterManager parameters) {
        void close() {
            activations.close();
            parameters.close();
        }
    }

    /**
     * @param workingBytes that activations and the ring take together
     * @param newParameters gets a counter of streamed bytes
     */
    DeviceHoldings(
            CudaDevice device,
            Residency residency,
            DeviceReserve reserve,
            long workingBytes,
            Supplier<GpuActivations> newActivations,
            Function<AtomicLong, ParameterManager> newParameters) {
        this.device = device;
        this.residency = residency;
        this.reserve = reserve;
        this.workingBytes = workingBytes;
        this.newActivations = newActivations;
        this.newParameters = newParameters;
    }

    /** Gives back what is above the budget, and takes what it has room for. */
    void adapt() {
        residency.giveBackExcess();
        if (reserved && device.budget().excess() > 0) {
            giveBackReserve();
        }
        if (working != null && device.budget().excess() > 0) {
            working.close();
            working = null;
        }
        if (working == null) {
            working = workingMemory();
        }
        if (working != null) {
            takeReserve();
            residency.fill();
        }
        residentBytes = residency.residentBytes();
    }

    private void takeReserve() {
        long bytes = reserve.bytes();
        if (reserved || bytes == 0) {
            return;
        }
        if (bytes > device.budget().available()) {
            LOG.info(
                    "no whole layers run on GPU {}: they need {} bytes beside weights, and its budget has {}",
                    device.properties().ordinal(),
                    bytes,
                    device.budget().available());
            return;
        }
        try {
            reserved = true;
            reserve.take();
        } catch (OutOfDeviceMemoryException e) {
            LOG.info("no whole layers run on GPU {}: {}", device.properties().ordinal(), e.getMessage());
            giveBackReserve();
        }
    }

    private void giveBackReserve() {
        reserve.giveBack();
        reserved = false;
    }

    /** Null, with a line in the log, if there is no room for it. */
    private @Nullable WorkingMemory workingMemory() {
        if (workingBytes > device.budget().available()) {
            LOG.warn(
                    "GPU {} rests: it needs {} bytes to work with, and its budget has {}",
                    device.properties().ordinal(),
                    workingBytes,
                    device.budget().available());
            return null;
        }
        GpuActivations activations = null;
        try {
            activations = newActivations.get();
            return new WorkingMemory(activations, newParameters.apply(streamedBytes));
        } catch (OutOfDeviceMemoryException e) {
            LOG.warn("GPU {} rests: {}", device.properties().ordinal(), e.getMessage());
            if (activations != null) {
                activations.close();
            }
            return null;
        }
    }

    /** Whether there is memory for any product. */
    boolean canWork() {
        return working != null;
    }

    Residency residency() {
        return residency;
    }

    GpuActivations activations() {
        return working().activations();
    }

    ParameterManager parameters() {
        return working().parameters();
    }

    private WorkingMemory working() {
        if (working == null) {
            throw new IllegalStateException("the GPU has no working memory, so nothing is cut for it");
        }
        return working;
    }

    /** Of weights; from any thread. */
    long residentBytes() {
        return residentBytes;
    }

    /** Of weights that were copied for a product; from any thread. */
    long streamedBytes() {
        return streamedBytes.get();
    }
}
