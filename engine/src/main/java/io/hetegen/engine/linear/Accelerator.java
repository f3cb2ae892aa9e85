package io.hetegen.engine.linear;

import io.hetegen.engine.GpuShare;
import io.hetegen.engine.GpuStats;
import io.hetegen.engine.Numerics;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.device.cuda.DeviceException;
import io.hetegen.engine.device.cuda.MappedBuffer;
import io.hetegen.engine.kernel.CudaKernels;
import io.hetegen.engine.plan.Span;
import io.hetegen.engine.plan.SplitRatio;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.WeightArena;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A GPU at work for one model: two streams, one for the weights' copies and one for kernels, what is resident, and what
 * is streamed. It owns its device. Any error of the driver ends it for good, with one line in the log; the running pass
 * and all later ones are the CPU's then. For one thread at a time, but for {@link #setBudget}, {@link #stats} and {@link
 * #isLost}.
 */
public final class Accelerator implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Accelerator.class);

    private final CudaDevice device;
    private final List<SplitLinear> groups;
    private final GpuPlan plan;
    private final int maxTokens;
    private final CudaKernels kernels;
    private final @Nullable FastProducts fast;
    private final DeviceHoldings holdings;
    private final PassTimes times;
    private final GroupProducts products;

    private @Nullable List<SplitRatio> ratios;
    private volatile boolean budgetChanged;
    private volatile boolean lost;
    private volatile String whyLost = "";
    private GpuShare share = GpuShare.NONE;
    private volatile GpuShare decodeShare = GpuShare.NONE;
    private volatile GpuShare prefillShare = GpuShare.NONE;

    private Accelerator(
            CudaDevice device, WeightArena arena, List<SplitLinear> groups, GpuPlan plan, DeviceReserve reserve) {
        this.device = device;
        this.groups = List.copyOf(groups);
        this.plan = plan;
        this.maxTokens = Math.min(plan.maxTokens(), GpuActivations.mostTokens(groups));
        List<Linear> linears =
                groups.stream().flatMap(group -> group.linears().stream()).toList();
        plan.check(linears);
        List<RowTiles> weights = linears.stream().map(Linear::weights).toList();
        CudaStream copies = device.stream();
        CudaStream compute = device.stream();
        kernels = new CudaKernels(device, compute);
        weights.forEach(matrix -> kernels.load(matrix.layout().dtype()));
        fast = plan.numerics() == Numerics.FAST
                ? new FastProducts(
                        device, compute, weights.stream().map(RowTiles::layout).toList(), maxTokens)
                : null;
        times = new PassTimes(device, compute);
        HostWeights host = new HostWeights(device, arena, times);
        holdings = new DeviceHoldings(
                device,
                new Residency(device, copies, host, weights, plan),
                fast == null ? List.of(reserve) : List.of(reserve, fast),
                GpuActivations.deviceBytes(groups, maxTokens) + plan.ringBytes(),
                () -> new GpuActivations(device, groups, maxTokens),
                streamed -> new ParameterManager(device, copies, compute, host, plan.ringBytes(), streamed, times));
        products = new GroupProducts(device, groups, compute, kernels, fast, holdings, times);
        holdings.adapt();
    }

    /**
     * Lets the device, which is its own from here on, take part in these linears. Empty, with a line in the log, if it
     * cannot.
     *
     * @param arena of all their weights
     * @param groups in the order of execution
     * @param reserve of the same device
     * @throws IllegalArgumentException if the plan is for other linears
     */
    public static Optional<Accelerator> attach(
            CudaDevice device, WeightArena arena, List<SplitLinear> groups, GpuPlan plan, DeviceReserve reserve) {
        boolean attached = false;
        try {
            device.bindThread();
            Accelerator accelerator = new Accelerator(device, arena, groups, plan, reserve);
            for (int group = 0; group < groups.size(); group++) {
                groups.get(group)
                        .attach(new GpuTiles(
                                accelerator, group, groups.get(group).linears()));
            }
            attached = true;
            return Optional.of(accelerator);
        } catch (DeviceException e) {
            LOG.warn("GPU {} is not used: {}", device.properties().ordinal(), e.getMessage());
            return Optional.empty();
        } finally {
            if (!attached) {
                device.closeAfterFailure();
            }
        }
    }

    /**
     * A forward pass over so many tokens begins; it uses the linears in their order, each at most once.
     *
     * @param decodes whether it has one token of each sequence
     */
    public void begin(int tokens, boolean decodes) {
        times.begin(tokens);
        if (fast != null) {
            fast.beginPass();
        }
        if (lost) {
            return;
        }
        try {
            device.bindThread();
            boolean adapted = adapt();
            List<SplitRatio> wanted = tokens <= maxTokens ? plan.ratios().of(tokens) : null;
            if (adapted || wanted != ratios) {
                ratios = wanted;
                Cuts cuts = wanted == null || !holdings.canWork()
                        ? Cuts.none(groups)
                        : Cuts.of(groups, wanted, holdings.residency().tiles(), plan.sliceBytes());
                products.cut(cuts);
                share = cuts.share(groups);
            }
            if (decodes) {
                decodeShare = share;
            } else {
                prefillShare = share;
            }
            if (holdings.canWork()) {
                holdings.parameters().begin(products.cuts().schedule());
            }
        } catch (DeviceException e) {
            lose(e.getMessage());
        }
    }

    /** Whether the GPU holds something else than before. */
    private boolean adapt() {
        if (!budgetChanged) {
            return holdings.adaptReserves();
        }
        budgetChanged = false;
        holdings.adapt();
        return true;
    }

    /** The forward pass that had begun is over. */
    public void end() {
        if (!lost) {
            times.end(plan.ratios());
        }
    }

    /**
     * Multiplies by all linears, as the plan shares them between GPU and CPU, and by the CPU alone. Gives the device up if
     * a bit differs.
     */
    public void selfTest(Compute compute) {
        for (int tokens : SelfTest.TOKENS) {
            if (tokens <= maxTokens) {
                begin(tokens, tokens == 1);
                SelfTest.firstFault(groups, tokens, compute).ifPresent(fault -> lose("its self-test failed: " + fault));
            }
        }
    }

    /**
     * Lets cuBLAS multiply from here on, if the plan wants it, there is memory for it, and its products are near enough to
     * those of the CPU. What is tested for equal bits is tested before.
     */
    public void beFast(Compute compute) {
        if (fast == null || lost) {
            return;
        }
        String whyNot = fast.whyNot();
        if (whyNot != null) {
            fast.giveUp(whyNot);
            return;
        }
        fast.turnOn();
        begin(FastProducts.LEAST_TOKENS, false);
        SelfTest.firstError(groups, FastProducts.LEAST_TOKENS, compute)
                .ifPresent(error -> fast.giveUp("its self-test failed: " + error));
        end();
        fast.beginPass();
    }

    /** What {@link Numerics#FAST} does here, for people: the end of a sentence. Empty if it does nothing. */
    public Optional<String> fastEffect() {
        return fast == null || lost || fast.whyNot() != null ? Optional.empty() : Optional.of(fast.effect());
    }

    /** Why it does nothing, for people. */
    public String whyNotFast() {
        return fast == null ? "it is not asked for" : lost ? "the GPU was given up" : String.valueOf(fast.whyNot());
    }

    /** By which this pass, or the one that is over, has multiplied. */
    public Numerics numerics() {
        return fast != null && fast.isUsed() ? Numerics.FAST : Numerics.REPRODUCIBLE;
    }

    /** From any thread. */
    public GpuStats stats() {
        return new GpuStats(
                lost ? 0 : holdings.residentBytes(),
                holdings.streamedBytes(),
                lost ? GpuShare.NONE : decodeShare,
                lost ? GpuShare.NONE : prefillShare,
                times.cpuNanos(),
                times.waitedNanos(),
                Optional.of(whyLost).filter(why -> !why.isEmpty()));
    }

    /** From the next pass on the GPU holds no more than so many bytes for this engine, and fills what is free. */
    public void setBudget(long bytes) {
        device.budget().setLimit(bytes);
        budgetChanged = true;
    }

    /** Whether the device was given up or closed. */
    public boolean isLost() {
        return lost;
    }

    /** Of a group in this pass: by linear, the first tile of the CPU. */
    int[] cut(int group, int tokens) {
        List<Linear> linears = groups.get(group).linears();
        boolean fits = GpuActivations.yBytes(linears, tokens) <= MappedBuffer.MAX_BYTES;
        return lost || !fits ? new int[linears.size()] : products.cut(group);
    }

    /** A group, for whoever has its input in device memory. */
    public GpuLinears linears(SplitLinear group) {
        return new GpuLinears(this, groups.indexOf(group), group.linears());
    }

    /** The products of this pass, unless it is lost; what they throw is its {@link #lose loss}. */
    GroupProducts products() {
        return products;
    }

    /** The kernels, on the stream of everything that this enqueues. */
    public CudaKernels kernels() {
        return kernels;
    }

    /** Waits on the host for all kernels. */
    public void await() {
        products.await();
    }

    /** From here on what the lanes do is recorded, until {@link #endTrace}. Called between two passes. */
    public void beginTrace() {
        device.bindThread();
        times.beginTrace();
    }

    /** What was recorded; empty if the device was lost. */
    public List<Span> endTrace() {
        try {
            return lost ? List.of() : times.endTrace();
        } catch (DeviceException e) {
            lose(e.getMessage());
            return List.of();
        }
    }

    /** From a moment until now it multiplied its part of a group. */
    void cpuWorked(int group, long fromNanos) {
        times.cpuWorked(groups.get(group).linears().get(0).name(), fromNanos);
    }

    /** Gives the device up. */
    public void lose(@Nullable String reason) {
        LOG.warn(
                "GPU {} is given up, the CPU goes on alone: {}",
                device.properties().ordinal(),
                reason);
        whyLost = String.valueOf(reason);
        lost = true;
        device.closeAfterFailure();
    }

    /** Waits for the device and gives everything back. */
    @Override
    public void close() {
        lost = true;
        device.close();
    }
}
