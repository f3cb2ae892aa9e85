package io.hetegen.engine.linear;

import io.hetegen.engine.device.cuda.BlasException;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaEvent;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.kernel.Activations;
import io.hetegen.engine.kernel.CudaKernels;
import io.hetegen.engine.plan.Lane;
import io.hetegen.engine.tensor.TileLayout;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The GPU's products of a model's groups, up to where the running pass cuts each linear: enqueued on one stream, resident
 * tiles where they lie, streamed ones in the ring as they come. For the thread of the {@link Accelerator}.
 */
final class GroupProducts {

    private static final Logger LOG = LoggerFactory.getLogger(GroupProducts.class);

    private final CudaDevice device;
    private final List<SplitLinear> groups;
    private final int[] firstLinear;
    private final CudaStream compute;
    private final CudaEvent done;
    private final CudaKernels kernels;
    private final @Nullable FastProducts fast;
    private final DeviceHoldings holdings;
    private final PassTimes times;
    private Cuts cuts;

    /** @param compute the stream of all kernels */
    GroupProducts(
            CudaDevice device,
            List<SplitLinear> groups,
            CudaStream compute,
            CudaKernels kernels,
            @Nullable FastProducts fast,
            DeviceHoldings holdings,
            PassTimes times) {
        this.device = device;
        this.groups = List.copyOf(groups);
        this.firstLinear = new int[groups.size()];
        for (int group = 1; group < groups.size(); group++) {
            firstLinear[group] =
                    firstLinear[group - 1] + groups.get(group - 1).linears().size();
        }
        this.compute = compute;
        this.done = device.event();
        this.kernels = kernels;
        this.fast = fast;
        this.holdings = holdings;
        this.times = times;
        this.cuts = Cuts.none(groups);
    }

    /** From here on the linears are cut so. */
    void cut(Cuts next) {
        cuts = next;
    }

    /** Of all linears. */
    Cuts cuts() {
        return cuts;
    }

    /** By linear of a group, the first tile of the CPU. */
    int[] cut(int group) {
        return cuts.cut().get(group);
    }

    /** Whether no tile of a group is the CPU's. */
    boolean isWhole(int group) {
        List<Linear> linears = groups.get(group).linears();
        for (int i = 0; i < linears.size(); i++) {
            if (cut(group)[i] < linears.get(i).tiles()) {
                return false;
            }
        }
        return true;
    }

    /** {@link GpuLinears#enqueue} */
    void enqueueWhole(int group, long x, int tokens, long... y) {
        List<Linear> linears = groups.get(group).linears();
        GpuActivations activations = holdings.activations();
        for (int block : blocks(group)) {
            if (block > 1) {
                kernels.prepare(block, x, tokens, linears.get(0).inputSize(), activations.form(block));
            }
        }
        begin();
        for (int i = 0; i < y.length; i++) {
            int block = linears.get(i).dtype().blockSize();
            enqueue(group, i, block > 1 ? activations.form(block) : x, tokens, y[i]);
        }
    }

    /** Enqueues all products of a group before its cut, from x and into y in host memory that is mapped. */
    void enqueue(int group, Activations x, int tokens) {
        List<Linear> linears = groups.get(group).linears();
        GpuActivations activations = holdings.activations();
        activations.put(x.values(), tokens * x.columns(), GpuActivations.yBytes(linears, tokens));
        for (int block : blocks(group)) {
            kernels.prepare(block, activations.x(), tokens, x.columns(), activations.form(block));
        }
        begin();
        long offset = 0;
        for (int i = 0; i < linears.size(); i++) {
            long form = activations.form(linears.get(i).dtype().blockSize());
            enqueue(group, i, form, tokens, activations.y(offset));
            offset += GpuActivations.yBytes(linears.get(i), tokens);
        }
        compute.record(done);
    }

    /** Waits for what was enqueued, and brings the rows before the cut into y. */
    void join(int group, int tokens, float[]... y) {
        long start = System.nanoTime();
        done.synchronize();
        times.waited(System.nanoTime() - start);
        List<Linear> linears = groups.get(group).linears();
        long offset = 0;
        for (int i = 0; i < linears.size(); i++) {
            Linear linear = linears.get(i);
            int rows = Math.min(cut(group)[i] * TileLayout.ROWS, linear.outputSize());
            holdings.activations().getY(offset, tokens, linear.outputSize(), rows, y[i]);
            linear.addBias(y[i], tokens, 0, rows);
            offset += GpuActivations.yBytes(linear, tokens);
        }
    }

    /** Waits on the host for all kernels. */
    void await() {
        compute.record(done);
        done.synchronize();
    }

    /** Forms of the activations that a group wants. */
    private Set<Integer> blocks(int group) {
        Set<Integer> blocks = new TreeSet<>();
        for (int i = 0; i < cut(group).length; i++) {
            if (cut(group)[i] > 0) {
                blocks.add(groups.get(group).linears().get(i).dtype().blockSize());
            }
        }
        return blocks;
    }

    private void begin() {
        if (fast != null) {
            fast.begin();
        }
    }

    private void enqueue(int group, int linear, long x, int tokens, long y) {
        if (cut(group)[linear] == 0) {
            return;
        }
        Linear multiplied = groups.get(group).linears().get(linear);
        TileLayout layout = multiplied.weights().layout();
        int resident = cuts.resident()[firstLinear[group] + linear];
        if (resident > 0) {
            CudaEvent begin = times.workBegins(compute);
            multiply(layout, 0, resident, holdings.residency().address(firstLinear[group] + linear), x, tokens, y);
            times.workEnds(begin, Lane.GPU, multiplied.name(), compute);
        }
        ParameterManager parameters = holdings.parameters();
        for (Slice slice : cuts.slices().get(group).get(linear)) {
            for (int tile = slice.firstTile(); tile < slice.end(); ) {
                ParameterManager.Part part = parameters.await(slice, tile);
                Slice there = part.slice();
                CudaEvent begin = times.workBegins(compute);
                multiply(layout, tile, there.tiles(), part.address(), x, tokens, y);
                times.workEnds(begin, Lane.GPU, slice.linear().name(), compute);
                parameters.consumed(part);
                tile = there.end();
            }
        }
    }

    private void multiply(TileLayout layout, int firstTile, int numTiles, long tiles, long x, int tokens, long y) {
        if (fast == null || !fast.take(layout, tokens)) {
            kernels.multiply(layout, firstTile, numTiles, tiles, x, tokens, y);
            return;
        }
        try {
            fast.multiply(layout, firstTile, numTiles, tiles, x, tokens, y);
        } catch (BlasException e) {
            // Its memory goes when the next pass begins: kernels that use it may still run.
            fast.giveUp(e.getMessage());
            // If this fails too, the device is lost, and that is the news.
            kernels.multiply(layout, firstTile, numTiles, tiles, x, tokens, y);
            LOG.warn(
                    "cuBLAS is given up on GPU {}, prefill goes on with reproducible products: {}",
                    device.properties().ordinal(),
                    e.getMessage());
        }
    }
}
