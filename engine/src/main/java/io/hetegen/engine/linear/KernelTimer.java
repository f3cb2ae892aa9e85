package io.hetegen.engine.linear;

import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaEvent;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.device.cuda.DeviceBuffer;
import io.hetegen.engine.kernel.CudaKernels;
import io.hetegen.engine.tensor.TileLayout;
import java.util.function.Consumer;

/**
 * Times products of the GPU with tiles in its memory. Each of several in a chain reads other tiles, so that its caches do
 * not help.
 */
final class KernelTimer {

    private static final double MILLIS = 1e3;
    private static final int CHAIN = 8;
    private static final int SAMPLES = 9;
    private static final int ALIGNMENT = 256;
    private static final double LEAST_SECONDS = 1e-9;

    private final CudaStream compute;
    private final CudaKernels kernels;
    private final GpuActivations activations;
    private final DeviceBuffer weights;
    private final DeviceBuffer x;
    private final DeviceBuffer y;
    private final Consumer<CudaStream> holdBack;
    private final CudaEvent start;
    private final CudaEvent end;
    private final double launchSeconds;
    private long place;

    /**
     * @param activations that are the input
     * @param weights much more than the device's caches hold
     * @param x room for the input in the form of any type
     * @param y room for the largest product
     * @param holdBack has a stream wait for a while
     */
    KernelTimer(
            CudaDevice device,
            CudaStream compute,
            CudaKernels kernels,
            GpuActivations activations,
            DeviceBuffer weights,
            DeviceBuffer x,
            DeviceBuffer y,
            Consumer<CudaStream> holdBack) {
        this.compute = compute;
        this.kernels = kernels;
        this.activations = activations;
        this.weights = weights;
        this.x = x;
        this.y = y;
        this.holdBack = holdBack;
        this.start = device.timedEvent();
        this.end = device.timedEvent();
        this.launchSeconds = Probe.median(
                SAMPLES, () -> chainSeconds(() -> kernels.prepare(1, activations.x(), 1, 1, y.address(0))));
    }

    /** From one kernel to the next, when each has next to nothing to do. */
    double launchSeconds() {
        return launchSeconds;
    }

    /** Of so many tiles, without the launch. */
    double seconds(TileLayout layout, int tokens, int tiles) {
        kernels.load(layout.dtype());
        int block = layout.dtype().blockSize();
        kernels.prepare(block, activations.x(), tokens, layout.columns(), x.address(0));
        long bytes = tiles * layout.tileBytes();
        double seconds = chainSeconds(() ->
                kernels.multiply(layout, 0, tiles, weights.address(next(bytes)), x.address(0), tokens, y.address(0)));
        return Math.max(LEAST_SECONDS, seconds - launchSeconds);
    }

    private double chainSeconds(Runnable launch) {
        holdBack.accept(compute);
        compute.record(start);
        for (int i = 0; i < CHAIN; i++) {
            launch.run();
        }
        compute.record(end);
        end.synchronize();
        return end.millisecondsSince(start) / MILLIS / CHAIN;
    }

    private long next(long bytes) {
        long taken = place + bytes <= weights.bytes() ? place : 0;
        place = (taken + bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        return taken;
    }
}
