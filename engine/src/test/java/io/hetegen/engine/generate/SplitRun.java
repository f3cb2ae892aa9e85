package io.hetegen.engine.generate;

import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.KvType;
import io.hetegen.engine.SamplingParameters;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.linear.Accelerator;
import io.hetegen.engine.linear.GpuPlan;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelLoader;
import io.hetegen.engine.model.RandomModelFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an engine over a tiny model answers to some requests, on the CPU alone or with the GPU that there is. */
final class SplitRun {

    /** Of a prompt; with tokens of other sequences a pass may have more. */
    static final int CHUNK = 8;

    private static final int[] PROMPTS = {13, 3, 1, 9};
    private static final int MAX_TOKENS = 5;
    private static final long BUDGET = 64 << 20;

    private final RandomModelFile file;
    private final int sequences;
    private final boolean sampled;

    SplitRun(RandomModelFile file, int sequences, boolean sampled) {
        this.file = file;
        this.sequences = sequences;
        this.sampled = sampled;
    }

    /**
     * All that must not depend on the GPU.
     *
     * @param logits hashes of them
     */
    record Answers(List<List<Object>> results, List<Integer> logits) {}

    /** Whatever the test does before a step. */
    @FunctionalInterface
    interface BeforeStep {
        void of(int step, Accelerator accelerator);
    }

    Answers onCpu() {
        return run(null, (step, accelerator) -> {});
    }

    Answers on(GpuPlan plan) {
        return on(plan, (step, accelerator) -> {});
    }

    /** On the CPU alone if the device cannot be had. */
    Answers on(GpuPlan plan, BeforeStep beforeStep) {
        return run(plan, beforeStep);
    }

    private Answers run(@Nullable GpuPlan plan, BeforeStep beforeStep) {
        try (ThreadTeam team = new ThreadTeam(2)) {
            HashedLm lm = new HashedLm(ModelLoader.load(file, ModelConfigReader.read(file), team, KvType.F16));
            try (BatchEngine engine = Engines.of(Engines.info(200), lm, ToyTokenizer.endless(), sequences, CHUNK)) {
                Optional<Accelerator> accelerator = plan == null
                        ? Optional.empty()
                        : CudaDriver.open(0, BUDGET).flatMap(device -> lm.accelerate(device, plan));
                List<Heard> heard = new ArrayList<>();
                for (int i = 0; i < sequences; i++) {
                    heard.add(Engines.submit(engine, request(i)));
                }
                for (int step = 0; ; step++) {
                    int now = step;
                    accelerator.ifPresent(there -> beforeStep.of(now, there));
                    if (!engine.step()) {
                        break;
                    }
                }
                List<List<Object>> results =
                        heard.stream().map(one -> Engines.essence(one.result())).toList();
                return new Answers(results, lm.hashes());
            }
        }
    }

    private GenerationRequest request(int number) {
        SamplingParameters sampling = sampled ? Engines.SAMPLINGS.get(1 + number) : SamplingParameters.GREEDY;
        List<Integer> prompt = Engines.prompt(PROMPTS[number], ToyTokenizer.SIZE, number + 1);
        return Engines.request(sampling, MAX_TOKENS, List.of(), prompt);
    }
}
