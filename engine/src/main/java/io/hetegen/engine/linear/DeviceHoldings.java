package io.hetegen.engine.linear;

import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.OutOfDeviceMemoryException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an accelerator holds of its device's memory: first what no product can do without, activations and the ring, then
 * the reserves, then resident tiles; what has to go goes the other way round. Changes only while no kernel runs.
 */
final class DeviceHoldings {

    private static final Logger LOG = LoggerFactory.getLogger(DeviceHoldings.class);

    private final CudaDevice device;
    private final Residency residency;
    private final List<DeviceReserve> reserves;
    private final long workingBytes;
    private final Supplier<GpuActivations> newActivations;
    private final Function<AtomicLong, ParameterManager> newParameters;
    private final AtomicLong streamedBytes = new AtomicLong();
    /** In the order in which they were taken. */
    private final Deque<DeviceReserve> taken = new ArrayDeque<>();

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
     * @param reserves those that are taken first first
     * @param workingBytes that activations and the ring take together
     * @param newParameters gets a counter of streamed bytes
     */
    DeviceHoldings(
            CudaDevice device,
            Residency residency,
            List<DeviceReserve> reserves,
            long workingBytes,
            Supplier<GpuActivations> newActivations,
            Function<AtomicLong, ParameterManager> newParameters) {
        this.device = device;
        this.residency = residency;
        this.reserves = reserves;
        this.workingBytes = workingBytes;
        this.newActivations = newActivations;
        this.newParameters = newParameters;
    }

    /** Gives back what is above the budget, and takes what it has room for. */
    void adapt() {
        residency.giveBackExcess();
        while (!taken.isEmpty() && device.budget().excess() > 0) {
            taken.removeLast().giveBack();
        }
        giveBackUnused();
        if (working != null && device.budget().excess() > 0) {
            working.close();
            working = null;
        }
        if (working == null) {
            working = workingMemory();
        }
        if (working != null) {
            reserves.forEach(this::take);
            residency.fill();
        }
        residentBytes = residency.residentBytes();
    }

    private void giveBackUnused() {
        taken.removeIf(reserve -> {
            boolean unused = reserve.bytes() == 0;
            if (unused) {
                reserve.giveBack();
            }
            return unused;
        });
    }

    private void take(DeviceReserve reserve) {
        long bytes = reserve.bytes();
        if (taken.contains(reserve) || bytes == 0) {
            return;
        }
        if (bytes > device.budget().available()) {
            LOG.info(
                    "no {} on GPU {}: they need {} bytes beside weights, and its budget has {}",
                    reserve.purpose(),
                    device.properties().ordinal(),
                    bytes,
                    device.budget().available());
            return;
        }
        try {
            reserve.take();
            taken.addLast(reserve);
        } catch (OutOfDeviceMemoryException e) {
            LOG.info(
                    "no {} on GPU {}: {}",
                    reserve.purpose(),
                    device.properties().ordinal(),
                    e.getMessage());
            reserve.giveBack();
        }
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
