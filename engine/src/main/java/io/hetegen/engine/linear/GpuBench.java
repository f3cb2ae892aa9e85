package io.hetegen.engine.linear;

import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaEvent;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.device.cuda.DeviceBuffer;
import io.hetegen.engine.device.cuda.DeviceException;
import io.hetegen.engine.device.cuda.MappedBuffer;
import io.hetegen.engine.kernel.CudaKernels;
import io.hetegen.engine.plan.Reservation;
import io.hetegen.engine.tensor.WeightArena;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * A GPU set up to be measured with a model's weights: streams, kernels, and device memory within the budget, of which
 * weights get what is left. What it holds is the device's, and goes when that is closed.
 */
final class GpuBench {

    /** Weights that kernels read: more than the caches of any GPU hold. */
    private static final long WEIGHTS_BYTES = 512L << 20;

    private static final long LANDING_BYTES = 64L << 20;

    /** Copies get at most this part of what weights and copies share. */
    private static final int LANDING_PART = 4;

    private static final long BACK_BYTES = 16L << 20;
    private static final int SMALL_COPY = 64;
    private static final int SAMPLES = 9;
    private static final double MILLIS = 1e3;
    private static final double LEAST_SECONDS = 1e-9;

    private final CudaDevice device;
    private final long memoryBytes;
    private final List<Instances> shapes;
    private final List<Linear> firstGroup;
    private final CudaStream copies;
    private final CudaStream compute;
    private final CudaKernels kernels;
    private final GpuActivations activations;
    private final DeviceBuffer weights;
    private final CopyTimer copyTimer;
    private final KernelTimer kernelTimer;

    /** @throws DeviceException if it does not fit the budget, or the device fails */
    GpuBench(CudaDevice device, WeightArena arena, List<SplitLinear> groups, List<Instances> shapes, Profiling how) {
        this.device = device;
        this.memoryBytes = device.budget().limit();
        device.budget().setLimit(Math.min(memoryBytes, how.gpuBytes()));
        this.shapes = shapes;
        this.firstGroup = groups.get(0).linears();
        device.bindThread();
        copies = device.stream();
        compute = device.stream();
        kernels = new CudaKernels(device, compute);
        shapes.forEach(instances -> kernels.load(instances.shape().dtype()));
        activations = new GpuActivations(device, groups, how.maxTokens());
        int columns = groups.stream().mapToInt(SplitLinear::inputSize).max().orElseThrow();
        DeviceBuffer x = device.allocate(CudaKernels.inputBytes(1, how.maxTokens(), columns));
        DeviceBuffer y = device.allocate(outputBytes(how.maxTokens()));
        long tile = shapes.stream()
                .mapToLong(instances -> instances.shape().tileBytes())
                .max()
                .orElseThrow();
        long left = device.budget().available();
        DeviceBuffer landing = device.allocate(
                Math.max(Reservation.SLICES_IN_RING * tile, Math.min(LANDING_BYTES, left / LANDING_PART)));
        weights = device.allocate(
                Math.max(tile, Math.min(WEIGHTS_BYTES, device.budget().available())));
        HostWeights host = new HostWeights(device, arena, new PassTimes(device, compute));
        fill(host);
        copyTimer = new CopyTimer(device, copies, host, landing);
        kernelTimer = new KernelTimer(
                device,
                compute,
                kernels,
                activations,
                weights,
                x,
                y,
                stream -> copyTimer.holdBack(stream, shapes.get(0).next()));
    }

    private long outputBytes(int maxTokens) {
        return shapes.stream()
                .mapToLong(instances ->
                        Float.BYTES * (long) instances.shape().rows() * (instances.isInPrefill() ? maxTokens : 1))
                .max()
                .orElseThrow();
    }

    /** With the model's own weights, so that kernels work as hard as they will. */
    private void fill(HostWeights host) {
        long place = 0;
        for (int i = 0; place < weights.bytes(); i++) {
            Linear linear = shapes.get(i % shapes.size()).next();
            long tileBytes = linear.weights().layout().tileBytes();
            int tiles = (int) Math.min(linear.tiles(), (weights.bytes() - place) / tileBytes);
            if (tiles == 0) {
                break;
            }
            host.copy(copies, linear.weights(), 0, tiles, weights, place);
            place += tiles * tileBytes;
        }
        copies.synchronize();
    }

    String name() {
        return device.properties().name();
    }

    /** All that an engine may have of the device's memory. */
    long memoryBytes() {
        return memoryBytes;
    }

    CopyTimer copies() {
        return copyTimer;
    }

    KernelTimer kernels() {
        return kernelTimer;
    }

    /** So many tiles of a matrix can lie in the GPU's memory at once. */
    int mostTiles(Instances instances) {
        return (int) Math.min(
                instances.shape().tiles(), weights.bytes() / instances.shape().tileBytes());
    }

    /** Of a single copy that has nearly nothing to move. */
    double latencySeconds() {
        MappedBuffer host = device.map(SMALL_COPY);
        return backSeconds(host, SMALL_COPY);
    }

    double deviceToHostBytesPerSecond() {
        long bytes = Math.min(BACK_BYTES, weights.bytes());
        MappedBuffer host = device.map(bytes);
        return bytes / backSeconds(host, bytes);
    }

    private double backSeconds(MappedBuffer host, long bytes) {
        CudaEvent start = device.timedEvent();
        CudaEvent end = device.timedEvent();
        return Probe.median(SAMPLES, () -> {
            copies.record(start);
            copies.copy(weights, 0, host, 0, bytes);
            copies.record(end);
            end.synchronize();
            return Math.max(LEAST_SECONDS, end.millisecondsSince(start) / MILLIS);
        });
    }

    double joinSeconds(LongSupplier clock) {
        JoinTimer join = new JoinTimer(firstGroup, activations, kernels, compute, device.event(), weights.address(0));
        double working = join.kernels() * kernelTimer.launchSeconds();
        return Math.max(0, Probe.median(SAMPLES, () -> join.seconds(clock)) - working);
    }
}
