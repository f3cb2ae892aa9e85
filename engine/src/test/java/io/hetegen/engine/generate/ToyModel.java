package io.hetegen.engine.generate;

import io.hetegen.engine.GpuStats;
import io.hetegen.engine.Numerics;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.linear.Accelerator;
import io.hetegen.engine.linear.GpuPlan;
import io.hetegen.engine.linear.Profiling;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.Family;
import io.hetegen.engine.model.KvCache;
import io.hetegen.engine.model.ModelConfig;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.profile.Profile;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** Logits that are a hash of all ids before: any mistake in what a sequence sees changes its answer. */
final class ToyModel implements CausalLm {

    static final int CONTEXT = 200;

    final Set<ToyCache> open = new HashSet<>();
    /** Sizes of the slices of each forward pass. */
    final List<List<Integer>> passes = new ArrayList<>();

    boolean closed;
    /** Called at the start of each forward pass. */
    Runnable onForward = () -> {};
    /** May change logits. */
    Consumer<float[]> distort = logits -> {};

    @Override
    public ModelConfig config() {
        return new ModelConfig(
                Family.LLAMA,
                1,
                4,
                4,
                1,
                1,
                4,
                ToyTokenizer.SIZE,
                CONTEXT,
                1e-5f,
                new ModelConfig.RopeConfig(1e4, 4, 1),
                true);
    }

    @Override
    public long weightBytesPerToken() {
        return 1;
    }

    @Override
    public Optional<Accelerator> accelerate(CudaDevice device, GpuPlan plan) {
        throw new UnsupportedOperationException("a toy needs no GPU");
    }

    @Override
    public Numerics numerics() {
        return Numerics.REPRODUCIBLE;
    }

    @Override
    public GpuStats gpuStats() {
        return GpuStats.NONE;
    }

    @Override
    public void setGpuBudget(long bytes) {}

    @Override
    public Profile profile(ModelShape shape, Optional<CudaDevice> device, Profiling how) {
        throw new UnsupportedOperationException("a toy has no linears");
    }

    @Override
    public long readWeights() {
        return 0;
    }

    @Override
    public KvCache newCache() {
        ToyCache cache = new ToyCache();
        open.add(cache);
        return cache;
    }

    @Override
    public List<float[][]> forward(List<Slice> slices) {
        onForward.run();
        passes.add(slices.stream().map(slice -> slice.ids().length).toList());
        return slices.stream().map(this::forward).toList();
    }

    private float[][] forward(Slice slice) {
        ToyCache cache = (ToyCache) slice.cache();
        for (int id : slice.ids()) {
            cache.hash = mix(cache.hash + id + 1);
            cache.length++;
        }
        if (cache.length > CONTEXT) {
            throw new IllegalStateException("context length exceeded");
        }
        return slice.logits() == LogitsFor.LAST ? new float[][] {logits(cache.hash)} : new float[0][];
    }

    private float[] logits(long hash) {
        // One more than the tokenizer has, and the greatest: rows that pad the matrix must never be drawn.
        float[] logits = new float[ToyTokenizer.SIZE + 1];
        for (int id = 0; id < ToyTokenizer.SIZE; id++) {
            logits[id] = (mix(hash ^ (id * 31L)) >>> 40) * 0x1.0p-22f;
        }
        // Answers end, but seldom.
        logits[ToyTokenizer.END] -= 2;
        logits[ToyTokenizer.SIZE] = 1_000;
        distort.accept(logits);
        return logits;
    }

    private static long mix(long bits) {
        long z = (bits + 0x9e3779b97f4a7c15L) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 29)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 32);
    }

    @Override
    public byte[] digest() {
        return new byte[32];
    }

    @Override
    public long weightBytes() {
        return 1_000;
    }

    @Override
    public void close() {
        closed = true;
    }

    /** Its identity is its equality. */
    final class ToyCache implements KvCache {
        private long hash = 42;
        private int length;

        @Override
        public int length() {
            return length;
        }

        @Override
        public long bytes() {
            return length;
        }

        @Override
        public void close() {
            open.remove(this);
        }
    }
}
