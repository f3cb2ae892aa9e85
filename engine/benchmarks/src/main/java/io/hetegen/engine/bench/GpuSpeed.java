package io.hetegen.engine.bench;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.generate.ModelProfiler;
import io.hetegen.engine.linear.Accelerator;
import io.hetegen.engine.linear.GpuPlan;
import io.hetegen.engine.linear.Profiling;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.CausalLm.LogitsFor;
import io.hetegen.engine.model.CausalLm.Slice;
import io.hetegen.engine.model.KvCache;
import io.hetegen.engine.model.ModelConfig;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelLoader;
import io.hetegen.engine.model.ModelShapeReader;
import io.hetegen.engine.model.SyntheticModelFile;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PlanRequest;
import io.hetegen.engine.plan.Planner;
import io.hetegen.engine.plan.PlanningException;
import io.hetegen.engine.plan.ProfiledCosts;
import io.hetegen.engine.plan.Strategy;
import io.hetegen.engine.profile.Profile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/** Decode of one model at several GPU budgets, by each strategy, against what its plan predicts. */
final class GpuSpeed {

    private static final double NANOS = 1e9;

    private final ThreadTeam team;
    private final int promptTokens;
    private final int generatedTokens;
    private final double profileSeconds;
    private final Consumer<String> progress;

    GpuSpeed(ThreadTeam team, int promptTokens, int generatedTokens, double profileSeconds, Consumer<String> progress) {
        this.team = team;
        this.promptTokens = promptTokens;
        this.generatedTokens = generatedTokens;
        this.profileSeconds = profileSeconds;
        this.progress = progress;
    }

    /** @param budgets in bytes of GPU memory; what is more than there is means all there is */
    GpuReport.Model run(String name, List<Long> budgets) {
        progress.accept("loading " + name);
        try (ModelFile file = SyntheticModelFile.of(name)) {
            ModelConfig config = ModelConfigReader.read(file);
            ModelShape shape = ModelShapeReader.read(file, config);
            try (CausalLm model = ModelLoader.load(file, config, team, KvType.F16)) {
                progress.accept("profile of " + name);
                Profile profile =
                        ModelProfiler.measure(model, shape, Profiling.of(profileSeconds, Long.MAX_VALUE, part -> {}));
                ProfiledCosts costs = new ProfiledCosts(profile);
                Timed alone = decode(model);
                List<GpuReport.Run> runs = new ArrayList<>();
                for (long budget : budgets) {
                    for (Strategy strategy : Strategy.values()) {
                        long bytes = costs.hasGpu() ? Math.min(budget, costs.gpuMemoryBytes()) : 0;
                        progress.accept(String.format(Locale.ROOT, "%s, %s with %.1f GB", name, strategy, bytes / 1e9));
                        runs.add(run(model, new Planner(shape, costs), strategy, bytes, alone));
                    }
                }
                return new GpuReport.Model(
                        name, model.weightBytesPerToken(), profile.hardware(), profile.remarks(), runs);
            }
        }
    }

    private GpuReport.Run run(CausalLm model, Planner planner, Strategy strategy, long budget, Timed alone) {
        PartitionPlan plan;
        try {
            plan = planner.plan(new PlanRequest(strategy, budget, promptTokens, generatedTokens, KvType.F16));
        } catch (PlanningException e) {
            return new GpuReport.Run(strategy.name(), budget, 0, null, String.valueOf(e.getMessage()));
        }
        Optional<Accelerator> gpu = plan.usesGpu()
                ? CudaDriver.open(0, budget).flatMap(device -> model.accelerate(device, GpuPlan.of(plan, promptTokens)))
                : Optional.empty();
        try {
            Timed timed = plan.usesGpu() ? decode(model) : alone;
            String note = !Arrays.equals(timed.tokens, alone.tokens)
                    ? "OTHER TOKENS THAN THE CPU'S"
                    : plan.usesGpu() && (gpu.isEmpty() || gpu.get().isLost()) ? "the GPU was given up" : "";
            return new GpuReport.Run(strategy.name(), budget, plan.decodeTokensPerSecond(), timed.rate, note);
        } finally {
            gpu.ifPresent(Accelerator::close);
        }
    }

    private record Timed(double rate, int[] tokens) {}

    /** Greedy. */
    private Timed decode(CausalLm model) {
        try (KvCache cache = model.newCache()) {
            int[] prompt = new int[promptTokens];
            Arrays.setAll(prompt, i -> i * 31 % model.config().vocabularySize());
            int next = CausalLm.mostLikely(model.forward(List.of(new Slice(cache, prompt, LogitsFor.LAST)))
                    .get(0)[0]);
            int[] tokens = new int[generatedTokens];
            long start = System.nanoTime();
            for (int i = 0; i < generatedTokens; i++) {
                next = CausalLm.mostLikely(model.forward(List.of(new Slice(cache, new int[] {next}, LogitsFor.LAST)))
                        .get(0)[0]);
                tokens[i] = next;
            }
            return new Timed(generatedTokens * NANOS / (System.nanoTime() - start), tokens);
        }
    }
}
