package io.hetegen.engine.linear;

import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.OutOfDeviceMemoryException;
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
    /** Those that are taken first first. */
    private final List<Held> reserves;

    private final long workingBytes;
    private final Supplier<GpuActivations> newActivations;
    private final Function<AtomicLong, ParameterManager> newParameters;
    private final AtomicLong streamedBytes = new AtomicLong();
    private @Nullable WorkingMemory working;
    private volatile long residentBytes;

    /** A reserve and what it has. */
    private static final class Held {

        private final DeviceReserve reserve;
        private long bytes;

        /** The device had not as much as the budget: no more is tried, until that changes. */
        private long most = Long.MAX_VALUE;

        Held(DeviceReserve reserve) {
            this.reserve = reserve;
        }

        void giveBack() {
            reserve.giveBack();
            bytes = 0;
        }
    }

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
        this.reserves = reserves.stream().map(Held::new).toList();
        this.workingBytes = workingBytes;
        this.newActivations = newActivations;
        this.newParameters = newParameters;
    }

    /** The budget may be another one. */
    void adapt() {
        reserves.forEach(held -> held.most = Long.MAX_VALUE);
        fit();
        for (Held held : reserves) {
            long wanted = held.reserve.bytes(Long.MAX_VALUE);
            if (working != null && wanted > 0 && held.bytes == 0 && held.most == Long.MAX_VALUE) {
                LOG.info(
                        "no {} on GPU {}: they need {} bytes beside weights, and its budget has {}",
                        held.reserve.purpose(),
                        device.properties().ordinal(),
                        wanted,
                        most(held));
            }
        }
    }

    /** A reserve may want more or less than it has. Whether anything has changed. */
    boolean adaptReserves() {
        if (working == null || reserves.stream().allMatch(held -> held.reserve.bytes(most(held)) == held.bytes)) {
            return false;
        }
        fit();
        return true;
    }

    /** Gives back what is above the budget, and takes what it has room for. */
    private void fit() {
        residency.giveBackExcess();
        for (int i = reserves.size() - 1; i >= 0; i--) {
            if (reserves.get(i).bytes > 0 && device.budget().excess() > 0) {
                reserves.get(i).giveBack();
            }
        }
        if (working != null && device.budget().excess() > 0) {
            working.close();
            working = null;
        }
        if (working == null) {
            working = workingMemory();
        }
        if (working != null) {
            reserves.forEach(this::fit);
            residency.fill();
        }
        residentBytes = residency.residentBytes();
    }

    /** As much as a reserve may have, all resident weights and what it has included. */
    private long most(Held held) {
        return Math.min(held.most, device.budget().available() + residency.residentBytes() + held.bytes);
    }

    private void fit(Held held) {
        long most = most(held);
        long bytes = held.reserve.bytes(most);
        if (bytes == held.bytes) {
            return;
        }
        held.giveBack();
        if (bytes == 0) {
            return;
        }
        residency.makeRoom(bytes);
        try {
            held.reserve.take(most);
            held.bytes = bytes;
        } catch (OutOfDeviceMemoryException e) {
            LOG.info(
                    "no {} on GPU {}: {}",
                    held.reserve.purpose(),
                    device.properties().ordinal(),
                    e.getMessage());
            held.giveBack();
            held.most = bytes - 1;
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
