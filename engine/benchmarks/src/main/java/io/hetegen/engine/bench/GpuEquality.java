package io.hetegen.engine.bench;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.linear.Accelerator;
import io.hetegen.engine.linear.GpuPlan;
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
import io.hetegen.engine.plan.PlannedLinear;
import io.hetegen.engine.plan.SplitRatio;
import io.hetegen.engine.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Tiny models of all weight types and families on the device: their logits must have the CPU's bits. */
final class GpuEquality {

    private static final List<String> SHAPES = List.of("tiny", "tiny-opt", "tiny-qwen3");
    private static final int PROMPT = 37;
    private static final int TOKENS = 12;
    private static final long RING_BYTES = 8 << 20;
    private static final long BUDGET = 1L << 29;

    private final ThreadTeam team;
    private final Consumer<String> progress;
    private final List<String> failures = new ArrayList<>();
    private int cases;

    GpuEquality(ThreadTeam team, Consumer<String> progress) {
        this.team = team;
        this.progress = progress;
    }

    GpuReport.Equality run() {
        for (String shape : SHAPES) {
            for (DType type : DType.values()) {
                check("synthetic:" + shape + ":" + type.name().toLowerCase(Locale.ROOT));
            }
        }
        return new GpuReport.Equality(cases, failures);
    }

    private void check(String name) {
        progress.accept("equality of " + name);
        try (ModelFile file = SyntheticModelFile.of(name)) {
            ModelConfig config = ModelConfigReader.read(file);
            ModelShape shape = ModelShapeReader.read(file, config);
            try (CausalLm model = ModelLoader.load(file, config, team, KvType.F16)) {
                float[][] expected = logits(model);
                SplittableRandom random = new SplittableRandom(name.hashCode());
                cases++;
                Optional<CudaDevice> device = CudaDriver.open(0, BUDGET);
                Optional<Accelerator> gpu = device.flatMap(there -> model.accelerate(there, plan(shape, random)));
                if (gpu.isEmpty()) {
                    failures.add(name + ": the device cannot be used");
                    return;
                }
                boolean equal = Arrays.deepEquals(logits(model), expected);
                if (gpu.get().isLost()) {
                    failures.add(name + ": the device was given up");
                } else if (!equal) {
                    failures.add(name + ": other logits");
                }
            }
        }
    }

    /** Some tiles of each linear are resident, and in each pass others are streamed. */
    private static GpuPlan plan(ModelShape shape, SplittableRandom random) {
        List<Integer> resident = shape.linears().stream()
                .map(linear -> random.nextInt(linear.shape().tiles() + 1))
                .toList();
        return new GpuPlan(
                resident,
                IntStream.range(0, resident.size()).boxed().toList(),
                RING_BYTES,
                PROMPT,
                tokens -> ratios(shape, resident, random));
    }

    private static List<SplitRatio> ratios(ModelShape shape, List<Integer> resident, SplittableRandom random) {
        List<SplitRatio> ratios = new ArrayList<>();
        for (PlannedLinear linear : shape.linears()) {
            int there = resident.get(ratios.size());
            int absent = linear.shape().tiles() - there;
            int streamed = random.nextInt(absent + 1);
            ratios.add(new SplitRatio(there, streamed, absent - streamed));
        }
        return ratios;
    }

    private static float[][] logits(CausalLm model) {
        List<float[]> logits = new ArrayList<>();
        try (KvCache cache = model.newCache()) {
            int vocabulary = model.config().vocabularySize();
            int[] prompt =
                    IntStream.range(0, PROMPT).map(i -> i * 31 % vocabulary).toArray();
            logits.addAll(List.of(model.forward(List.of(new Slice(cache, prompt, LogitsFor.ALL)))
                    .get(0)));
            for (int i = 0; i < TOKENS; i++) {
                Slice slice = new Slice(cache, new int[] {i * 17 % vocabulary}, LogitsFor.LAST);
                logits.add(model.forward(List.of(slice)).get(0)[0]);
            }
        }
        return logits.toArray(float[][]::new);
    }
}
