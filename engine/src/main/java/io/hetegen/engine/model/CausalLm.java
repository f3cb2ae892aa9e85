package io.hetegen.engine.model;

import io.hetegen.engine.GpuStats;
import io.hetegen.engine.Numerics;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.DeviceException;
import io.hetegen.engine.linear.Accelerator;
import io.hetegen.engine.linear.GpuPlan;
import io.hetegen.engine.linear.Profiling;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.profile.Profile;
import java.util.List;
import java.util.Optional;

/** A decoder-only transformer with its weights in memory. One forward pass at a time. */
public interface CausalLm extends AutoCloseable {

    ModelConfig config();

    KvCache newCache();

    /**
     * One forward pass over a batch: every slice appends its ids to its own cache. Slices are computed together and
     * never see each other; the logits of a slice have the same bits in any batch.
     *
     * @param slices distinct caches of this model that stay within the context length, ids in range
     * @return per slice its logits rows as {@link Slice#logits} asks
     * @throws IllegalArgumentException if the slices are not so; no cache has changed then
     */
    List<float[][]> forward(List<Slice> slices);

    /**
     * Lets a GPU take part from the next pass on, in place of an earlier one; the answers stay the same unless the plan
     * allows fast numerics. It is the model's then, and closed with it. Empty, with a line in the log, if it cannot, or if
     * a product of the model's linears or, where the plan has whole layers or attention there, the logits of a short text
     * are not the CPU's.
     *
     * @param plan for the linears of {@link ModelShapeReader}
     */
    Optional<Accelerator> accelerate(CudaDevice device, GpuPlan plan);

    /** By which the last pass multiplied: fast if any of its products was. */
    Numerics numerics();

    /** From any thread. */
    GpuStats gpuStats();

    /** From the next pass on. Without a GPU nothing changes. */
    void setGpuBudget(long bytes);

    /**
     * Measures what this machine needs for the model's linears, as a plan has to know.
     *
     * @param shape of {@link ModelShapeReader}
     * @param device is closed at the end; without one the profile is the CPU's alone
     * @throws DeviceException if the device fails or has too little memory
     */
    Profile profile(ModelShape shape, Optional<CudaDevice> device, Profiling how);

    /** Packed weights in memory. */
    long weightBytes();

    /** Packed weights that the forward pass of a single token reads, but for its own rows of tables. */
    long weightBytesPerToken();

    /** Reads all packed weights once on the model's threads and does nothing else: for measuring bandwidth. */
    long readWeights();

    /** SHA-256 of the configuration and the weights: what the arithmetic reads. */
    byte[] digest();

    /** The id with the greatest logit, the lowest among equals. */
    static int mostLikely(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            if (logits[id] > logits[best]) {
                best = id;
            }
        }
        return best;
    }

    @Override
    void close();

    /**
     * Consecutive tokens of one sequence.
     *
     * @param ids at least one token, placed at positions cache.length() and on
     * @param logits for which of the ids logits (vocabularySize) are wanted
     */
    record Slice(KvCache cache, int[] ids, LogitsFor logits) {}

    /** Which positions of a slice need logits. */
    enum LogitsFor {
        NONE,
        LAST,
        ALL
    }
}
