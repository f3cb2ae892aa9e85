package io.hetegen.engine.generate;

import io.hetegen.engine.GpuStats;
import io.hetegen.engine.Numerics;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.linear.Accelerator;
import io.hetegen.engine.linear.GpuPlan;
import io.hetegen.engine.linear.Profiling;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.KvCache;
import io.hetegen.engine.model.ModelConfig;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.profile.Profile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A model, and a hash of each row of logits that it gave: tokens alone would hide a wrong bit. */
final class HashedLm implements CausalLm {

    private final CausalLm lm;
    private final List<Integer> hashes = new ArrayList<>();

    HashedLm(CausalLm lm) {
        this.lm = lm;
    }

    /** In the order of the passes and of the sequences in them. */
    List<Integer> hashes() {
        return List.copyOf(hashes);
    }

    @Override
    public List<float[][]> forward(List<Slice> slices) {
        List<float[][]> logits = lm.forward(slices);
        logits.forEach(rows -> Arrays.stream(rows).forEach(row -> hashes.add(Arrays.hashCode(row))));
        return logits;
    }

    @Override
    public ModelConfig config() {
        return lm.config();
    }

    @Override
    public KvCache newCache() {
        return lm.newCache();
    }

    @Override
    public Optional<Accelerator> accelerate(CudaDevice device, GpuPlan plan) {
        return lm.accelerate(device, plan);
    }

    @Override
    public Profile profile(ModelShape shape, Optional<CudaDevice> device, Profiling how) {
        return lm.profile(shape, device, how);
    }

    @Override
    public Numerics numerics() {
        return lm.numerics();
    }

    @Override
    public GpuStats gpuStats() {
        return lm.gpuStats();
    }

    @Override
    public void setGpuBudget(long bytes) {
        lm.setGpuBudget(bytes);
    }

    @Override
    public long weightBytes() {
        return lm.weightBytes();
    }

    @Override
    public long weightBytesPerToken() {
        return lm.weightBytesPerToken();
    }

    @Override
    public long readWeights() {
        return lm.readWeights();
    }

    @Override
    public byte[] digest() {
        return lm.digest();
    }

    @Override
    public void close() {
        lm.close();
    }
}
