package io.hetegen.engine.generate;

import io.hetegen.engine.EngineOptions;
import io.hetegen.engine.ModelException;
import io.hetegen.engine.Numerics;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.linear.Accelerator;
import io.hetegen.engine.linear.GpuPlan;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.ModelConfig;
import io.hetegen.engine.model.ModelShapeReader;
import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PlanFile;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives a loaded model the GPU that a plan asks for. That there is none is no failure, but for a line in the log. */
public final class GpuOpening {

    private static final Logger LOG = LoggerFactory.getLogger(GpuOpening.class);

    private static final int ORDINAL = 0;

    private GpuOpening() {}

    /** @throws ModelException if the plan is for another model */
    static void open(ModelFile file, ModelConfig config, CausalLm lm, EngineOptions options) {
        if (options.gpu().plan().isEmpty()) {
            sayWhatIsFast(options.numerics(), Optional.empty());
            return;
        }
        PartitionPlan plan = PlanFile.parse(options.gpu().plan(), "the plan");
        sayWhatIsFast(
                options.numerics(),
                open(
                        file,
                        config,
                        lm,
                        plan,
                        options.gpu().memoryBytes(),
                        options.maxTokensPerStep(),
                        options.numerics()));
    }

    /**
     * @param memoryBytes most device memory to take, at most as much as the plan was made for
     * @param maxTokens of a forward pass
     * @return empty, with a line in the log, if there is no GPU, or nothing for it to do
     * @throws ModelException if the plan is for another model
     */
    public static Optional<Accelerator> open(
            ModelFile file,
            ModelConfig config,
            CausalLm lm,
            PartitionPlan plan,
            long memoryBytes,
            int maxTokens,
            Numerics numerics) {
        String fingerprint = ModelShapeReader.read(file, config).fingerprint();
        if (!plan.modelFingerprint().equals(fingerprint)) {
            throw new ModelException(file.path() + ": the plan is for a model of other sizes, " + plan.model()
                    + "; make one for this model with hetegen plan");
        }
        long budget = Math.min(plan.request().gpuMemoryBytes(), memoryBytes);
        GpuPlan gpuPlan = GpuPlan.of(plan, maxTokens).withNumerics(numerics);
        return plan.usesGpu() && budget > 0
                ? CudaDriver.open(ORDINAL, budget).flatMap(device -> lm.accelerate(device, gpuPlan))
                : Optional.empty();
    }

    /** One line in the log for whoever asks for fast numerics: what comes of it, or a warning that nothing does. */
    public static void sayWhatIsFast(Numerics numerics, Optional<Accelerator> gpu) {
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
