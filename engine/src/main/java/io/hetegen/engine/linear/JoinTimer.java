package io.hetegen.engine.linear;

import io.hetegen.engine.device.cuda.CudaEvent;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.kernel.CudaKernels;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.TileLayout;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Times what a split group of linears costs the host beside products: handing x over, enqueueing, hearing of the end,
 * fetching y. The GPU gets a tile of each linear.
 */
final class JoinTimer {

    private static final double NANOS = 1e9;

    private final List<Linear> group;
    private final GpuActivations activations;
    private final CudaKernels kernels;
    private final CudaStream compute;
    private final CudaEvent done;
    private final long tile;
    private final float[] x;
    private final float[] y;

    /** @param tile device address of memory that holds one */
    JoinTimer(
            List<Linear> group,
            GpuActivations activations,
            CudaKernels kernels,
            CudaStream compute,
            CudaEvent done,
            long tile) {
        this.group = group;
        this.activations = activations;
        this.kernels = kernels;
        this.compute = compute;
        this.done = done;
        this.tile = tile;
        this.x = new float[group.get(0).inputSize()];
        this.y = new float[TileLayout.ROWS];
    }

    /** In a chain. */
    int kernels() {
        return (int) blocks().count() + group.size();
    }

    private IntStream blocks() {
        return group.stream().map(Linear::dtype).mapToInt(DType::blockSize).distinct();
    }

    double seconds(LongSupplier clock) {
        long start = clock.getAsLong();
        activations.put(x, x.length, GpuActivations.yBytes(group, 1));
        blocks().forEach(size -> kernels.prepare(size, activations.x(), 1, x.length, activations.form(size)));
        for (Linear linear : group) {
            long input = activations.form(linear.dtype().blockSize());
            kernels.multiply(linear.weights().layout(), 0, 1, tile, input, 1, activations.y(0));
        }
        compute.record(done);
        done.synchronize();
        for (Linear linear : group) {
            activations.getY(0, 1, y.length, Math.min(y.length, linear.outputSize()), y);
        }
        return (clock.getAsLong() - start) / NANOS;
    }
}
