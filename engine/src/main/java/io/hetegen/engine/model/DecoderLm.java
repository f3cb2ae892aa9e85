package io.hetegen.engine.model;

import io.hetegen.engine.GpuStats;
import io.hetegen.engine.KvType;
import io.hetegen.engine.Numerics;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.kernel.Activations;
import io.hetegen.engine.linear.Accelerator;
import io.hetegen.engine.linear.Compute;
import io.hetegen.engine.linear.GpuPlan;
import io.hetegen.engine.linear.LinearProfiler;
import io.hetegen.engine.linear.Profiling;
import io.hetegen.engine.linear.SplitLinear;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.profile.Profile;
import io.hetegen.engine.tensor.PlainRead;
import io.hetegen.engine.tensor.WeightArena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Embedding, decoder layers, final norm and output matrix. Closing waits for a forward pass that runs. */
final class DecoderLm implements CausalLm {

    /** More than the kernels for few tokens are for. */
    private static final int TEST_TOKENS = 9;

    private final ModelConfig config;
    private final KvType kvType;
    private final Weights weights;
    private final byte[] digest;
    private final Compute compute;
    private final Workspace work = new Workspace();
    private final Activations lastHidden = new Activations();
    private volatile @Nullable Accelerator accelerator;
    private @Nullable GpuDecoder gpu;

    DecoderLm(ModelConfig config, KvType kvType, Weights weights, byte[] digest, Compute compute) {
        this.config = config;
        this.kvType = kvType;
        this.weights = weights;
        this.digest = digest;
        this.compute = compute;
    }

    /**
     * What a model computes with, and the arena that holds it.
     *
     * @param linears all of them in the order of execution
     */
    record Weights(
            Embedding embedding,
            RotaryEmbedding rope,
            List<DecoderLayer> layers,
            Norm outputNorm,
            SplitLinear output,
            List<SplitLinear> linears,
            WeightArena arena) {}

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public KvCache newCache() {
        return new PagedKvCache(this, kvType);
    }

    @Override
    public byte[] digest() {
        return digest.clone();
    }

    @Override
    public long weightBytes() {
        return weights.arena().bytes();
    }

    @Override
    public long weightBytesPerToken() {
        return weightBytes() - weights.embedding().tableBytes(config.tiedEmbedding());
    }

    @Override
    public synchronized long readWeights() {
        weights.arena().checkOpen();
        return PlainRead.sum(weights.arena(), compute.team());
    }

    @Override
    public synchronized Optional<Accelerator> accelerate(CudaDevice device, GpuPlan plan) {
        weights.arena().checkOpen();
        Accelerator former = accelerator;
        if (former != null) {
            former.close();
        }
        boolean onlyLinears = plan.layers().isEmpty();
        float[][] expected = onlyLinears ? new float[0][] : testLogits(plan);
        GpuMemory memory = new GpuMemory(device, config, kvType, GpuDecoder.vectors(weights, plan), plan);
        Optional<Accelerator> attached = Accelerator.attach(device, weights.arena(), weights.linears(), plan, memory);
        attached.ifPresent(there -> there.selfTest(compute));
        accelerator = attached.orElse(null);
        gpu = attached.map(there -> new GpuDecoder(config, weights, plan, there, memory))
                .orElse(null);
        attached.ifPresent(there -> {
            if (!onlyLinears && !there.isLost() && !Arrays.deepEquals(testLogits(plan), expected)) {
                there.lose("its self-test failed: the logits are not those of the CPU alone");
            }
            there.beFast(compute);
        });
        return attached.filter(there -> !there.isLost());
    }

    @Override
    public Numerics numerics() {
        Accelerator there = accelerator;
        return there == null ? Numerics.REPRODUCIBLE : there.numerics();
    }

    @Override
    public GpuStats gpuStats() {
        Accelerator there = accelerator;
        return there == null ? GpuStats.NONE : there.stats();
    }

    @Override
    public void setGpuBudget(long bytes) {
        Accelerator there = accelerator;
        if (there != null) {
            there.setBudget(bytes);
        }
    }

    @Override
    public synchronized Profile profile(ModelShape shape, Optional<CudaDevice> device, Profiling how) {
        weights.arena().checkOpen();
        LinearProfiler profiler = new LinearProfiler(shape, weights.linears(), weights.arena(), compute, how);
        return device.isPresent() ? profiler.measure(device.get()) : profiler.measure();
    }

    @Override
    public synchronized List<float[][]> forward(List<Slice> slices) {
        weights.arena().checkOpen();
        slices.forEach(this::check);
        if (slices.stream().map(Slice::cache).distinct().count() != slices.size()) {
            throw new IllegalArgumentException("two slices of a pass have the same KV cache");
        }
        Batch batch = new Batch(slices);
        int end = 0;
        for (Batch.Part part : batch.parts()) {
            part.cache().reserve(part.firstPosition() + part.tokens());
            end = Math.max(end, part.firstPosition() + part.tokens());
        }
        weights.rope().prepare(end);
        int[] wanted = rowsWanted(slices);
        begin(batch, wanted);
        work.resize(config, batch.tokens(), wanted.length);
        weights.embedding().forward(batch, work, compute);
        int stages = config.numLayers() + 1;
        for (int stage = 0; stage < stages; ) {
            int next = gpu == null ? stage : gpu.forward(stage, wanted, work, compute);
            if (next == stage) {
                forwardOnCpu(stage, batch, wanted);
                next++;
            }
            stage = next;
        }
        batch.parts().forEach(part -> part.cache().advance(part.tokens()));
        if (gpu != null) {
            gpu.end();
        }
        return split(slices, work.logits);
    }

    /** Of a short prompt and a token behind it: both of a plan's phases. */
    private float[][] testLogits(GpuPlan plan) {
        int tokens = Math.max(1, Math.min(Math.min(TEST_TOKENS, plan.maxTokens()), config.contextLength() - 1));
        int[] prompt =
                IntStream.range(0, tokens).map(i -> i % config.vocabularySize()).toArray();
        try (KvCache cache = newCache()) {
            float[] first =
                    forward(List.of(new Slice(cache, prompt, LogitsFor.LAST))).get(0)[0];
            float[] second = forward(List.of(new Slice(cache, new int[1], LogitsFor.LAST)))
                    .get(0)[0];
            return new float[][] {first, second};
        }
    }

    private void begin(Batch batch, int[] wanted) {
        if (gpu != null) {
            gpu.begin(batch, wanted.length);
        }
    }

    /** A layer, or behind them the output. A GPU may still have a part in its linears. */
    private void forwardOnCpu(int stage, Batch batch, int[] wanted) {
        if (stage < config.numLayers()) {
            weights.layers().get(stage).forward(batch, work, compute);
        } else {
            output(wanted);
        }
    }

    private void check(Slice slice) {
        if (!(slice.cache() instanceof PagedKvCache cache) || !cache.isOf(this)) {
            throw new IllegalArgumentException("a slice has a KV cache that this model has not made");
        }
        int end = Math.addExact(slice.cache().length(), slice.ids().length);
        if (slice.ids().length == 0 || end > config.contextLength()) {
            throw new IllegalArgumentException("a slice of " + slice.ids().length + " ids after "
                    + slice.cache().length() + " positions does not fit the context of " + config.contextLength());
        }
        for (int id : slice.ids()) {
            if (id < 0 || id >= config.vocabularySize()) {
                throw new IllegalArgumentException(
                        "token id " + id + " is not in the vocabulary of " + config.vocabularySize());
            }
        }
    }

    private static int[] rowsWanted(List<Slice> slices) {
        int[] rows = new int[slices.stream().mapToInt(DecoderLm::logitsWanted).sum()];
        int count = 0;
        int end = 0;
        for (Slice slice : slices) {
            end += slice.ids().length;
            for (int row = end - logitsWanted(slice); row < end; row++) {
                rows[count++] = row;
            }
        }
        return rows;
    }

    private static int logitsWanted(Slice slice) {
        return switch (slice.logits()) {
            case NONE -> 0;
            case LAST -> 1;
            case ALL -> slice.ids().length;
        };
    }

    /** From work.residual to work.logits. */
    private void output(int[] rows) {
        if (rows.length == 0) {
            return;
        }
        int hidden = config.hiddenSize();
        float[] wanted = new float[rows.length * hidden];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(work.residual, rows[i] * hidden, wanted, i * hidden, hidden);
        }
        weights.outputNorm().forward(wanted, rows.length, lastHidden, compute);
        weights.output().forward(lastHidden, rows.length, compute, work.logits);
    }

    private List<float[][]> split(List<Slice> slices, float[] logits) {
        int size = config.vocabularySize();
        List<float[][]> results = new ArrayList<>();
        int row = 0;
        for (Slice slice : slices) {
            float[][] rows = new float[logitsWanted(slice)][];
            for (int i = 0; i < rows.length; i++, row++) {
                rows[i] = Arrays.copyOfRange(logits, row * size, (row + 1) * size);
            }
            results.add(rows);
        }
        return results;
    }

    @Override
    public synchronized void close() {
        if (accelerator != null) {
            accelerator.close();
        }
        weights.arena().close();
    }
}
