package io.hetegen.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.device.cuda.CudaDouble;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.kernel.HostKernels;
import io.hetegen.engine.linear.Accelerator;
import io.hetegen.engine.linear.GpuPlan;
import io.hetegen.engine.model.CausalLm.LogitsFor;
import io.hetegen.engine.model.CausalLm.Slice;
import io.hetegen.engine.plan.CostModel;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PlanRequest;
import io.hetegen.engine.plan.PlannedLinear;
import io.hetegen.engine.plan.Planner;
import io.hetegen.engine.plan.RooflineCosts;
import io.hetegen.engine.plan.SplitRatio;
import io.hetegen.engine.plan.Strategy;
import io.hetegen.engine.profile.HardwareDescription;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.KvPage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Layers that run on the GPU from end to end, or attend there, give the logits of the CPU alone, on the driver double: in batches of sequences
 * of different lengths that come and go, whatever part of the layers it is, and whenever the GPU goes.
 */
class GpuLayersITCase {

    private static final int VOCABULARY = 83;
    private static final int MOST_TOKENS = 96;
    private static final long BUDGET = 64 << 20;
    private static final int LAUNCH_FAILED = 719;
    private static final int UNKNOWN = 999;

    /** Prompts of the sequences, the second one longer than a page. */
    private static final int[] PROMPTS = {3, 70, 9, 1};

    private static final int[] SHORT_PROMPTS = {3, 8, 2, 1};

    private static final int STEPS = 6;

    /** Passes before the first, of one sequence. */
    private static final int SELF_TEST = 2;

    /** Of the sequence that begins in the middle. */
    private static final int SECOND_PROMPT = 12;

    /** Pages that all sequences need in a layer. */
    private static final int ENOUGH_PAGES = 8;

    private HostKernels kernels;

    @BeforeEach
    void build() throws Exception {
        kernels = HostKernels.build();
    }

    static Stream<Arguments> models() {
        return Stream.of(
                arguments(Family.LLAMA, DType.Q8_0, KvType.F16, "lazy"),
                arguments(Family.LLAMA, DType.F16, KvType.F32, "ahead"),
                arguments(Family.LLAMA, DType.Q4_K, KvType.F16, "random"),
                arguments(Family.QWEN2, DType.Q4_0, KvType.F16, "eager"),
                arguments(Family.QWEN2, DType.F32, KvType.F32, "lazy"),
                arguments(Family.QWEN3, DType.Q8_0, KvType.F32, "random"),
                arguments(Family.QWEN3, DType.BF16, KvType.F16, "ahead"),
                arguments(Family.OPT, DType.F16, KvType.F16, "lazy"),
                arguments(Family.OPT, DType.Q8_0, KvType.F32, "random"));
    }

    @ParameterizedTest
    @MethodSource("models")
    void allLayersGiveTheSameLogits(Family family, DType dtype, KvType kvType, String mode) {
        RandomModelFile file = RandomModelFile.of(family, dtype, VOCABULARY, 7);
        float[][] expected = logits(file, kvType, null, PROMPTS);
        CudaDouble gpu = CudaDouble.start(kernels.library(), "mode=" + mode);
        assertThat(logits(file, kvType, plan(file, kvType, List.of(0, 1), ENOUGH_PAGES), PROMPTS))
                .isDeepEqualTo(expected);
        assertThat(wholeLayers(gpu)).isEqualTo(2 * (SELF_TEST + 1 + STEPS));
        assertThat(attentions(gpu)).isEqualTo(2 * (SELF_TEST + PROMPTS.length * (1 + STEPS)));
        assertThat(gpu.left()).isEmpty();
    }

    /**
     * Nothing waits for a group of a whole layer, so that copies wait for kernels only by their events. Where passes differ in what
     * they stream, the one uses parts of what was copied for the other.
     */
    @ParameterizedTest
    @MethodSource("streamed")
    void streamedLayersGiveTheSameLogits(int tilesInRing, String mode, int seed) {
        RandomModelFile file = RandomModelFile.of(Family.LLAMA, DType.Q8_0, VOCABULARY, 3, 7);
        float[][] expected = logits(file, KvType.F16, null, SHORT_PROMPTS);
        CudaDouble gpu = CudaDouble.start(kernels.library(), "mode=" + mode + " seed=" + seed);
        assertThat(logits(file, KvType.F16, streamedPlan(file, tilesInRing, seed), SHORT_PROMPTS))
                .isDeepEqualTo(expected);
        assertThat(wholeLayers(gpu)).isEqualTo(3 * (SELF_TEST + 1 + STEPS));
        assertThat(gpu.left()).isEmpty();
    }

    static Stream<Arguments> streamed() {
        return Stream.of(4, 20, 80, 400)
                .flatMap(tiles -> Stream.of("lazy", "random", "ahead", "eager", "clock")
                        .flatMap(mode -> Stream.of(1, 2).map(seed -> arguments(tiles, mode, seed))));
    }

    /** All of it is the GPU's; in every other pass less of what is resident is used, and more streamed. */
    private static GpuPlan streamedPlan(RandomModelFile file, int tilesInRing, int seed) {
        ModelConfig config = ModelConfigReader.read(file);
        List<PlannedLinear> linears = ModelShapeReader.read(file, config).linears();
        SplittableRandom random = new SplittableRandom(seed);
        List<SplitRatio> less = linears.stream()
                .map(linear -> streamedBut(random.nextInt(linear.shape().tiles() + 1), linear))
                .toList();
        List<SplitRatio> more = IntStream.range(0, linears.size())
                .mapToObj(i -> streamedBut(random.nextInt(less.get(i).residentTiles() + 1), linears.get(i)))
                .toList();
        long tile = linears.stream()
                .mapToLong(linear -> linear.shape().tileBytes())
                .max()
                .orElseThrow();
        AtomicInteger passes = new AtomicInteger();
        List<Integer> layers = IntStream.range(0, config.numLayers()).boxed().toList();
        return new GpuPlan(
                less.stream().map(SplitRatio::residentTiles).toList(),
                IntStream.range(0, linears.size()).boxed().toList(),
                tilesInRing * tile,
                MOST_TOKENS,
                tokens -> passes.incrementAndGet() % 2 == 0 ? less : more,
                layers,
                layers.size() * ENOUGH_PAGES * KvPage.bytes(KvType.F16, config.numKeyValueHeads(), config.headDim()),
                1);
    }

    private static SplitRatio streamedBut(int resident, PlannedLinear linear) {
        return new SplitRatio(resident, linear.shape().tiles() - resident, 0);
    }

    /** The others are split, the output matrix too unless it comes behind the last layer. */
    @ParameterizedTest
    @ValueSource(strings = {"0", "1", "2", "0 2", "1 2", "0 1"})
    void someLayersGiveTheSameLogits(String words) {
        List<Integer> layers = Stream.of(words.split(" ")).map(Integer::valueOf).toList();
        RandomModelFile file = RandomModelFile.of(Family.LLAMA, DType.Q8_0, VOCABULARY, 3, 7);
        float[][] expected = logits(file, KvType.F16, null, SHORT_PROMPTS);
        for (String mode : List.of("lazy", "ahead")) {
            CudaDouble gpu = CudaDouble.start(kernels.library(), "mode=" + mode);
            assertThat(logits(file, KvType.F16, plan(file, KvType.F16, layers, ENOUGH_PAGES), SHORT_PROMPTS))
                    .isDeepEqualTo(expected);
            assertThat(wholeLayers(gpu)).isEqualTo(layers.size() * (SELF_TEST + 1 + STEPS));
            assertThat(attentions(gpu)).isEqualTo(layers.size() * (SELF_TEST + PROMPTS.length * (1 + STEPS)));
            assertThat(gpu.left()).isEmpty();
        }
    }

    /** Attention is the GPU's then, and no more than a part of each linear. */
    @ParameterizedTest
    @MethodSource("models")
    void splitLayersMayAttendOnTheGpu(Family family, DType dtype, KvType kvType, String mode) {
        RandomModelFile file = RandomModelFile.of(family, dtype, VOCABULARY, 7);
        float[][] expected = logits(file, kvType, null, SHORT_PROMPTS);
        CudaDouble gpu = CudaDouble.start(kernels.library(), "mode=" + mode);
        GpuPlan plan = plan(file, kvType, List.of(), List.of(0, 1), ENOUGH_PAGES);
        assertThat(logits(file, kvType, plan, SHORT_PROMPTS)).isDeepEqualTo(expected);
        assertThat(wholeLayers(gpu)).isZero();
        assertThat(attentions(gpu)).isEqualTo(2 * (SELF_TEST + PROMPTS.length * (1 + STEPS)));
        assertThat(gpu.left()).isEmpty();
    }

    /**
     * Sequences without room attend on the CPU, and no layer is whole then. Once the longest one has ended four pages are
     * enough, and the copies are brought up to date.
     */
    @ParameterizedTest
    @MethodSource("pools")
    void aFullPoolIsNoError(int pages, int attended, int wholePasses, String mode) {
        RandomModelFile file = RandomModelFile.of(Family.LLAMA, DType.Q8_0, VOCABULARY, 7);
        float[][] expected = logits(file, KvType.F16, null, PROMPTS);
        CudaDouble gpu = CudaDouble.start(kernels.library(), "mode=" + mode);
        assertThat(logits(file, KvType.F16, plan(file, KvType.F16, List.of(0, 1), pages), PROMPTS))
                .isDeepEqualTo(expected);
        assertThat(attentions(gpu)).isEqualTo(2 * (SELF_TEST + attended));
        assertThat(wholeLayers(gpu)).isEqualTo(2 * (SELF_TEST + wholePasses));
        assertThat(gpu.left()).isEmpty();
    }

    static Stream<Arguments> pools() {
        return Stream.of("random", "lazy", "ahead")
                .flatMap(mode -> Stream.of(
                        arguments(1, 7, 0, mode),
                        arguments(2, 14, 0, mode),
                        arguments(3, 17, 0, mode),
                        arguments(4, 24, 3, mode),
                        arguments(5, 28, 7, mode)));
    }

    /** The same without whole layers: linears are split, and some sequences attend on the GPU. */
    @ParameterizedTest
    @MethodSource("models")
    void someSequencesAttendOnTheGpu(Family family, DType dtype, KvType kvType, String mode) {
        RandomModelFile file = RandomModelFile.of(family, dtype, VOCABULARY, 7);
        float[][] expected = logits(file, kvType, null, PROMPTS);
        CudaDouble gpu = CudaDouble.start(kernels.library(), "mode=" + mode);
        GpuPlan plan = plan(file, kvType, List.of(), List.of(0, 1), 3);
        assertThat(logits(file, kvType, plan, PROMPTS)).isDeepEqualTo(expected);
        assertThat(attentions(gpu)).isEqualTo(2 * (SELF_TEST + 17));
        assertThat(gpu.left()).isEmpty();
    }

    /** A page for each of four sequences: one of them needs another, at the cost of weights, until it ends. */
    @Test
    void cachesThatGrowTakeMemoryFromWeights() {
        RandomModelFile file = RandomModelFile.of(Family.LLAMA, DType.Q8_0, VOCABULARY, 3, 7);
        float[][] expected = logits(file, KvType.F16, null, PROMPTS);
        GpuPlan plan = plan(file, KvType.F16, List.of(0, 1, 2), List.of(0, 1, 2), PROMPTS.length, PROMPTS.length);
        for (String mode : List.of("lazy", "random", "ahead")) {
            CudaDouble gpu = CudaDouble.start(kernels.library(), "mode=" + mode);
            List<Accelerator> accelerators = new ArrayList<>();
            List<Long> resident = new ArrayList<>();
            Consumer<Accelerator> started = accelerator -> {
                accelerators.add(accelerator);
                resident.add(accelerator.stats().residentBytes());
                accelerator.setBudget(gpu.count("bytes"));
            };
            float[][] logits = logits(
                    file,
                    KvType.F16,
                    plan,
                    PROMPTS,
                    started,
                    step -> resident.add(accelerators.get(0).stats().residentBytes()));
            assertThat(logits).isDeepEqualTo(expected);
            long all = resident.get(0);
            assertThat(resident.subList(1, STEPS / 2 + 2))
                    .allSatisfy(bytes -> assertThat(bytes).isStrictlyBetween(0L, all));
            assertThat(resident.subList(STEPS / 2 + 2, STEPS + 1)).hasSize(2).containsOnly(all);
            assertThat(attentions(gpu)).isEqualTo(3 * (SELF_TEST + PROMPTS.length * (1 + STEPS)));
            assertThat(gpu.left()).isEmpty();
        }
    }

    /** Whatever the GPU was doing: the pass goes on as if it had not been there. */
    @Test
    void theGpuMayGoAtAnyOperation() {
        RandomModelFile file = RandomModelFile.of(Family.QWEN2, DType.Q8_0, VOCABULARY, 3, 7);
        float[][] expected = logits(file, KvType.F16, null, SHORT_PROMPTS);
        GpuPlan plan = plan(file, KvType.F16, List.of(0, 2), List.of(0, 1, 2), ENOUGH_PAGES);
        CudaDouble gpu = CudaDouble.start(kernels.library(), "mode=lazy");
        assertThat(logits(file, KvType.F16, plan, SHORT_PROMPTS)).isDeepEqualTo(expected);
        long operations = gpu.count("work");
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < 20; i++) {
            String mode = List.of("lazy", "random", "eager").get(i % 3);
            gpu = CudaDouble.start(kernels.library(), "mode=" + mode);
            long nth = 1 + random.nextLong(operations);
            gpu.lose(nth, LAUNCH_FAILED);
            assertThat(logits(file, KvType.F16, plan, SHORT_PROMPTS))
                    .as("lost at operation %d of %d, %s", nth, operations, mode)
                    .isDeepEqualTo(expected);
            assertThat(gpu.count("lost")).isEqualTo(LAUNCH_FAILED);
        }
    }

    /** A call that fails loses nothing but the GPU's help. */
    @Test
    void anyCallMayFail() {
        RandomModelFile file = RandomModelFile.of(Family.QWEN3, DType.Q8_0, VOCABULARY, 7);
        float[][] expected = logits(file, KvType.F16, null, SHORT_PROMPTS);
        GpuPlan plan = plan(file, KvType.F16, List.of(0, 1), 3);
        CudaDouble gpu = CudaDouble.start(kernels.library(), "mode=lazy");
        List<Long> opened = new ArrayList<>();
        logits(file, KvType.F16, plan, SHORT_PROMPTS, started -> opened.add(gpu.count("calls")), step -> {});
        SplittableRandom random = new SplittableRandom(12);
        for (int i = 0; i < 20; i++) {
            CudaDouble failing = CudaDouble.start(kernels.library(), "mode=lazy");
            long nth = opened.get(0) / 4 + random.nextLong(2 * opened.get(0));
            failing.fail("any", nth, UNKNOWN);
            assertThat(logits(file, KvType.F16, plan, SHORT_PROMPTS))
                    .as("call %d", nth)
                    .isDeepEqualTo(expected);
            assertThat(failing.left()).as("call %d", nth).isEmpty();
        }
    }

    /** The first thing that is brought are the norms' weights, and the first bit of them is turned. */
    @Test
    void aGpuThatErrsIsNotUsed() {
        RandomModelFile file = RandomModelFile.of(Family.LLAMA, DType.F32, VOCABULARY, 7);
        CudaDouble gpu = CudaDouble.start(kernels.library(), "mode=lazy");
        gpu.corrupt(1);
        List<Accelerator> accelerators = new ArrayList<>();
        GpuPlan plan = plan(file, KvType.F16, List.of(0, 1), ENOUGH_PAGES);
        assertThat(logits(file, KvType.F16, plan, SHORT_PROMPTS, accelerators::add, step -> {}))
                .isDeepEqualTo(logits(file, KvType.F16, null, SHORT_PROMPTS));
        assertThat(accelerators).isEmpty();
        assertThat(wholeLayers(gpu)).as("it was tried").isEqualTo(2 * SELF_TEST);
        assertThat(gpu.left()).isEmpty();
    }

    /** Memory that is asked back is given back between two tokens, and filled again. */
    @Test
    void theBudgetMayChangeAtAnyToken() {
        RandomModelFile file = RandomModelFile.of(Family.LLAMA, DType.Q8_0, VOCABULARY, 3, 7);
        float[][] expected = logits(file, KvType.F16, null, SHORT_PROMPTS);
        GpuPlan plan = plan(file, KvType.F16, List.of(0, 1, 2), ENOUGH_PAGES);
        CudaDouble gpu = CudaDouble.start(kernels.library(), "mode=lazy");
        List<Accelerator> accelerators = new ArrayList<>();
        List<Long> bytes = new ArrayList<>();
        List<Long> layers = new ArrayList<>();
        List<Long> attentions = new ArrayList<>();
        float[][] logits = logits(file, KvType.F16, plan, SHORT_PROMPTS, accelerators::add, step -> {
            bytes.add(gpu.count("bytes"));
            layers.add(wholeLayers(gpu));
            attentions.add(attentions(gpu));
            long all = bytes.get(0);
            List<Long> budgets = List.of(all, all / 10 * 9, all / 4, 0L, BUDGET, all);
            accelerators.get(0).setBudget(budgets.get(step));
        });
        assertThat(logits).isDeepEqualTo(expected);
        long all = bytes.get(0);
        assertThat(bytes.get(1)).isEqualTo(all);
        assertThat(bytes.get(2)).isLessThan(all).isGreaterThan(all / 2);
        assertThat(bytes.get(3)).isLessThanOrEqualTo(all / 4);
        assertThat(bytes.get(4)).isZero();
        assertThat(bytes.get(5)).isEqualTo(all);
        assertThat(layers).containsExactly(9L, 12L, 13L, 13L, 13L, 16L);
        assertThat(attentions).containsExactly(18L, 30L, 42L, 42L, 42L, 54L);
        assertThat(gpu.left()).isEmpty();
    }

    static Stream<Family> families() {
        return Stream.of(Family.LLAMA, Family.QWEN2, Family.QWEN3, Family.OPT);
    }

    /** All that was planned is done, in no more memory than was planned. */
    @ParameterizedTest
    @MethodSource("families")
    void aPlanIsDoneInItsMemory(Family family) throws IOException {
        RandomModelFile file = RandomModelFile.of(family, DType.F16, VOCABULARY, 7);
        ModelShape shape = ModelShapeReader.read(file, ModelConfigReader.read(file));
        int[] prompts = {3, 70, 9};
        PlanRequest request = new PlanRequest(Strategy.LAYERS, BUDGET, MOST_TOKENS, 64, KvType.F16, prompts.length);
        CostModel costs = new RooflineCosts(HardwareDescription.read(Path.of("../docs/hardware/a10.json")), 16);
        PartitionPlan plan = new Planner(shape, costs).plan(request);
        assertThat(plan.kvOnGpu()).containsExactly(true, true);
        float[][] expected = logits(file, KvType.F16, null, prompts);
        CudaDouble gpu = CudaDouble.start(kernels.library(), "mode=lazy");
        long bytes = plan.memory().totalBytes();
        Consumer<Accelerator> started = accelerator -> accelerator.setBudget(bytes);
        assertThat(logits(file, KvType.F16, GpuPlan.of(plan, MOST_TOKENS), prompts, started, step -> {}))
                .isDeepEqualTo(expected);
        assertThat(gpu.count("peak")).isLessThanOrEqualTo(bytes);
        assertThat(wholeLayers(gpu)).isEqualTo(2 * (SELF_TEST + 1 + STEPS));
    }

    /** How often a layer was the GPU's from end to end: each adds to its residual twice. */
    private static long wholeLayers(CudaDouble gpu) {
        return launches(gpu, "add") / 2;
    }

    /** How often a layer's attention of one sequence was the GPU's. */
    private static long attentions(CudaDouble gpu) {
        return launches(gpu, "attention_merge");
    }

    private static long launches(CudaDouble gpu, String kernel) {
        return gpu.trace().stream()
                .filter(traced -> traced.name().equals(kernel))
                .count();
    }

    /** These layers are wholly resident; of all other linears a half is the GPU's, partly resident and partly streamed. */
    private static GpuPlan plan(RandomModelFile file, KvType kvType, List<Integer> layers, int pages) {
        return plan(file, kvType, layers, layers, pages);
    }

    private static GpuPlan plan(
            RandomModelFile file, KvType kvType, List<Integer> wholeLayers, List<Integer> layers, int pages) {
        return plan(file, kvType, wholeLayers, layers, pages, 1);
    }

    private static GpuPlan plan(
            RandomModelFile file,
            KvType kvType,
            List<Integer> wholeLayers,
            List<Integer> layers,
            int pages,
            int sequences) {
        ModelConfig config = ModelConfigReader.read(file);
        SplittableRandom random = new SplittableRandom(3);
        List<SplitRatio> ratios = new ArrayList<>();
        for (PlannedLinear linear : ModelShapeReader.read(file, config).linears()) {
            int tiles = linear.shape().tiles();
            boolean isOutput = linear.layer() == config.numLayers();
            boolean whole =
                    wholeLayers.contains(linear.layer()) || isOutput && wholeLayers.contains(config.numLayers() - 1);
            int gpu = whole ? tiles : tiles / 2;
            int resident = whole ? tiles : random.nextInt(gpu + 1);
            ratios.add(new SplitRatio(resident, gpu - resident, tiles - gpu));
        }
        long pageBytes = KvPage.bytes(kvType, config.numKeyValueHeads(), config.headDim());
        return new GpuPlan(
                ratios.stream().map(SplitRatio::residentTiles).toList(),
                IntStream.range(0, ratios.size()).boxed().toList(),
                128 << 10,
                MOST_TOKENS,
                tokens -> ratios,
                layers,
                layers.size() * pages * pageBytes,
                sequences);
    }

    private static float[][] logits(RandomModelFile file, KvType kvType, @Nullable GpuPlan plan, int[] prompts) {
        return logits(file, kvType, plan, prompts, accelerator -> {}, step -> {});
    }

    /**
     * Of prompts that are computed together, and of tokens behind them. In the middle the longest sequence ends, and
     * another one begins in its place.
     */
    private static float[][] logits(
            RandomModelFile file,
            KvType kvType,
            @Nullable GpuPlan plan,
            int[] prompts,
            Consumer<Accelerator> started,
            IntConsumer beforeStep) {
        try (ThreadTeam team = new ThreadTeam(2);
                CausalLm model = ModelLoader.load(file, ModelConfigReader.read(file), team, kvType)) {
            if (plan != null) {
                CudaDriver.open(0, BUDGET)
                        .flatMap(device -> model.accelerate(device, plan))
                        .ifPresent(started);
            }
            SplittableRandom random = new SplittableRandom(1);
            List<float[]> logits = new ArrayList<>();
            List<KvCache> caches = new ArrayList<>();
            List<Slice> slices = new ArrayList<>();
            for (int length : prompts) {
                caches.add(model.newCache());
                slices.add(new Slice(caches.get(caches.size() - 1), ids(length, random), LogitsFor.ALL));
            }
            model.forward(slices).forEach(rows -> logits.addAll(List.of(rows)));
            for (int step = 0; step < STEPS; step++) {
                beforeStep.accept(step);
                if (step == STEPS / 2) {
                    caches.remove(1).close();
                    caches.add(model.newCache());
                }
                slices.clear();
                for (KvCache cache : caches) {
                    int length = cache.length() == 0 ? SECOND_PROMPT : 1;
                    slices.add(new Slice(cache, ids(length, random), LogitsFor.LAST));
                }
                model.forward(slices).forEach(rows -> logits.addAll(List.of(rows)));
            }
            caches.forEach(KvCache::close);
            return logits.toArray(float[][]::new);
        }
    }

    private static int[] ids(int count, SplittableRandom random) {
        return random.ints(count, 0, VOCABULARY).toArray();
    }
}
