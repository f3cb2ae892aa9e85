package io.hetegen.engine.generate;

import io.hetegen.engine.EngineOptions;
import io.hetegen.engine.GpuOptions;
import io.hetegen.engine.ModelException;
import io.hetegen.engine.Numerics;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.linear.Accelerator;
import io.hetegen.engine.linear.GpuPlan;
import io.hetegen.engine.linear.Profiling;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.ModelConfig;
import io.hetegen.engine.model.ModelShapeReader;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PlanRequest;
import java.util.Optional;
import java.util.function.LongFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives a loaded model the GPU's part. That there is no GPU is no failure, but for a line in the log. */
public final class GpuOpening {

    private static final Logger LOG = LoggerFactory.getLogger(GpuOpening.class);

    static final int ORDINAL = 0;

    private final ModelFile file;
    private final ModelShape shape;
    private final CausalLm lm;
    private final int threads;

    /** @param threads that the model computes with */
    public GpuOpening(ModelFile file, ModelConfig config, CausalLm lm, int threads) {
        this.file = file;
        this.shape = ModelShapeReader.read(file, config);
        this.lm = lm;
        this.threads = threads;
    }

    /**
     * A GPU that has its part.
     *
     * @param promptChunk most prompt tokens of a pass
     */
    public record Opened(Accelerator accelerator, int promptChunk) {}

    /**
     * @param options of the engine: what the GPU may do, passes, numerics
     * @param request what an automatic plan is made for; its memory does not matter
     * @param profiling how a GPU is measured within so many bytes of its memory, if it must be
     * @return empty if the CPU computes alone
     * @throws ModelException if a given plan is for another model
     */
    public Optional<Opened> open(EngineOptions options, PlanRequest request, LongFunction<Profiling> profiling) {
        Optional<Planned> planned = Optional.empty();
        if (options.gpu() instanceof GpuOptions.Planned given) {
            planned = given(given);
        } else if (options.gpu() instanceof GpuOptions.Auto auto) {
            planned = new AutomaticPlan(shape, lm, threads).make(auto, request, options.prefillChunk(), profiling);
        }
        Optional<Opened> opened = planned.flatMap(ready -> accelerate(ready, options));
        sayWhatIsFast(options.numerics(), opened.map(Opened::accelerator));
        return opened;
    }

    private Optional<Opened> accelerate(Planned ready, EngineOptions options) {
        int most = options.prefillChunk() == 0 ? Integer.MAX_VALUE : options.prefillChunk();
        int chunk = Math.min(most, ready.plan.promptChunk());
        GpuPlan plan = GpuPlan.of(ready.plan, Math.addExact(chunk, options.maxSequences()))
                .withNumerics(options.numerics());
        return lm.accelerate(ready.device, plan).map(accelerator -> new Opened(accelerator, chunk));
    }

    /** A plan that uses a device, which is open with its budget. */
    record Planned(PartitionPlan plan, CudaDevice device) {}

    private Optional<Planned> given(GpuOptions.Planned options) {
        PartitionPlan plan = options.plan();
        if (!plan.modelFingerprint().equals(shape.fingerprint())) {
            throw new ModelException(file.path() + ": the plan is for a model of other sizes, " + plan.model()
                    + "; make one for this model with hetegen plan");
        }
        long budget = Math.min(plan.request().gpuMemoryBytes(), options.memoryBytes());
        return plan.usesGpu() && budget > 0
                ? CudaDriver.open(ORDINAL, budget).map(device -> new Planned(plan, device))
                : Optional.empty();
    }

    /** One line in the log for whoever asks for fast numerics: what comes of it, or a warning that nothing does. */
    private static void sayWhatIsFast(Numerics numerics, Optional<Accelerator> gpu) {
        if (numerics == Numerics.REPRODUCIBLE) {
            return;
        }
        gpu.flatMap(Accelerator::fastEffect)
                .ifPresentOrElse(
                        effect -> LOG.info("numerics fast {}", effect),
                        () -> LOG.warn(
                                "numerics fast has nothing to do, answers are the reproducible ones: {}",
                                gpu.map(Accelerator::whyNotFast)
                                        .orElse("it is for a GPU that takes part, and none does")));
    }
}
