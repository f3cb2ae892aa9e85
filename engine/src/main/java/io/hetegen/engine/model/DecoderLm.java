package io.hetegen.engine.model;

import io.hetegen.engine.KvType;
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
import org.jspecify.annotations.Nullable;

/** Embedding, decoder layers, final norm and output matrix. Closing waits for a forward pass that runs. */
final class DecoderLm implements CausalLm {

    private final ModelConfig config;
    private final KvType kvType;
    private final Weights weights;
    private final byte[] digest;
    private final Compute compute;
    private final Workspace work = new Workspace();
    private final Activations lastHidden = new Activations();
    private volatile @Nullable Accelerator accelerator;

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
        Optional<Accelerator> attached = Accelerator.attach(device, weights.arena(), weights.linears(), plan);
        attached.ifPresent(gpu -> gpu.selfTest(compute));
        Optional<Accelerator> trusted = attached.filter(gpu -> !gpu.isLost());
        accelerator = trusted.orElse(null);
        return trusted;
    }

    @Override
    public void setGpuBudget(long bytes) {
        Accelerator gpu = accelerator;
        if (gpu != null) {
            gpu.setBudget(bytes);
        }
    }

    @Override
    public synchronized Profile profile(ModelShape shape, Optional<CudaDevice> device, Profiling how) {
        weights.arena().checkOpen();
        return new LinearProfiler(shape, weights.linears(), weights.arena(), compute, how).measure(device);
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
        Accelerator gpu = accelerator;
        if (gpu != null) {
            gpu.begin(batch.tokens());
        }
        work.resize(config, batch.tokens());
        weights.embedding().forward(batch, work, compute);
        for (DecoderLayer layer : weights.layers()) {
            layer.forward(batch, work, compute);
        }
        float[][] logits = logits(rowsWanted(slices));
        batch.parts().forEach(part -> part.cache().advance(part.tokens()));
        return split(slices, logits);
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

    private float[][] logits(int[] rows) {
        int hidden = config.hiddenSize();
        float[] wanted = new float[rows.length * hidden];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(work.residual, rows[i] * hidden, wanted, i * hidden, hidden);
        }
        float[] logits = new float[Math.multiplyExact(rows.length, config.vocabularySize())];
        if (rows.length > 0) {
            weights.outputNorm().forward(wanted, rows.length, lastHidden, compute);
            weights.output().forward(lastHidden, rows.length, compute, logits);
        }
        float[][] split = new float[rows.length][];
        Arrays.setAll(
                split, i -> Arrays.copyOfRange(logits, i * config.vocabularySize(), (i + 1) * config.vocabularySize()));
        return split;
    }

    private static List<float[][]> split(List<Slice> slices, float[][] logits) {
        List<float[][]> results = new ArrayList<>();
        int row = 0;
        for (Slice slice : slices) {
            results.add(Arrays.copyOfRange(logits, row, row += logitsWanted(slice)));
        }
        return results;
    }

    @Override
    public synchronized void close() {
        Accelerator gpu = accelerator;
        if (gpu != null) {
            gpu.close();
        }
        weights.arena().close();
    }
}
