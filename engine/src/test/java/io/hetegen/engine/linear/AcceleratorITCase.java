package io.hetegen.engine.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.GpuShare;
import io.hetegen.engine.GpuStats;
import io.hetegen.engine.KvType;
import io.hetegen.engine.Warnings;
import io.hetegen.engine.device.cpu.NativeLibrary;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaDouble;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.kernel.HostKernels;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.CausalLm.LogitsFor;
import io.hetegen.engine.model.CausalLm.Slice;
import io.hetegen.engine.model.KvCache;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelLoader;
import io.hetegen.engine.model.ModelShapeReader;
import io.hetegen.engine.model.RandomModelFile;
import io.hetegen.engine.model.RandomSplits;
import io.hetegen.engine.model.RandomSplits.Resident;
import io.hetegen.engine.plan.GroupKind;
import io.hetegen.engine.plan.PlannedLinear;
import io.hetegen.engine.plan.SplitRatio;
import io.hetegen.engine.tensor.DType;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a GPU comes to a model and goes from it, on the driver double. */
class AcceleratorITCase {

    private static final int MIB = 1 << 20;
    private static final int VOCABULARY = 83;
    private static final int TOKENS = 12;
    private static final int[] IDS = IntStream.range(0, TOKENS).toArray();

    private static HostKernels kernels;

    private final RandomModelFile file = RandomModelFile.of(DType.Q8_0, VOCABULARY, 7);
    private final RandomSplits splits = new RandomSplits(file, Resident.ALL, 3);
    private final List<SplitRatio> ratios = splits.even(0.5);
    private final ThreadTeam team = new ThreadTeam(2);
    private final CausalLm model = ModelLoader.load(file, ModelConfigReader.read(file), team, KvType.F16);

    @BeforeAll
    static void build() throws Exception {
        kernels = HostKernels.build();
    }

    @AfterEach
    void close() {
        model.close();
        team.close();
    }

    private static CudaDouble start(String settings) {
        return CudaDouble.start(kernels.library(), settings);
    }

    private static CudaDevice open(long budget) {
        return CudaDriver.open(0, budget).orElseThrow();
    }

    private GpuPlan plan(long ringBytes, int maxTokens) {
        return splits.plan(ratios, ringBytes, maxTokens, tokens -> ratios);
    }

    private float[][] logits() {
        try (KvCache cache = model.newCache()) {
            return model.forward(List.of(new Slice(cache, IDS, LogitsFor.ALL))).get(0);
        }
    }

    @Test
    void nothingIsStreamedThroughARingOfNothing() {
        float[][] expected = logits();
        CudaDouble gpu = start("mode=lazy");
        Accelerator accelerator =
                model.accelerate(open(64 * MIB), plan(0, TOKENS)).orElseThrow();
        assertThat(logits()).isDeepEqualTo(expected);
        assertThat(accelerator.stats().residentBytes()).isPositive();
        assertThat(accelerator.stats().streamedBytes()).isZero();
        assertThat(gpu.count("launches")).isPositive();
    }

    /** Of each kind of group; a pass with one token of each sequence decodes, however many there are. */
    @Test
    void itsShareIsToldByPhaseAndGroup() {
        List<SplitRatio> ofOne = splits.uneven();
        List<SplitRatio> ofMore = splits.uneven();
        start("mode=lazy");
        GpuPlan plan = splits.plan(ofOne, 0, TOKENS, tokens -> tokens == 1 ? ofOne : resident(ofMore, ofOne));
        Accelerator accelerator = model.accelerate(open(64 * MIB), plan).orElseThrow();
        logits();
        GpuStats stats = accelerator.stats();
        assertThat(stats.decode()).isEqualTo(share(ofOne));
        assertThat(stats.prefill()).isEqualTo(share(resident(ofMore, ofOne)));
        assertThat(stats.decode()).isNotEqualTo(stats.prefill());

        try (KvCache first = model.newCache();
                KvCache second = model.newCache()) {
            model.forward(Stream.of(first, second)
                    .map(cache -> new Slice(cache, new int[1], LogitsFor.LAST))
                    .toList());
        }
        assertThat(accelerator.stats().decode()).isEqualTo(stats.prefill());
        model.close();
        assertThat(accelerator.stats().decode()).isEqualTo(GpuShare.NONE);
    }

    /** As much of some ratios as is resident with others. */
    private static List<SplitRatio> resident(List<SplitRatio> ratios, List<SplitRatio> there) {
        return IntStream.range(0, ratios.size())
                .mapToObj(i -> {
                    int tiles =
                            Math.min(ratios.get(i).residentTiles(), there.get(i).residentTiles());
                    return new SplitRatio(tiles, 0, ratios.get(i).tiles() - tiles);
                })
                .toList();
    }

    private GpuShare share(List<SplitRatio> ofLinears) {
        List<PlannedLinear> linears =
                ModelShapeReader.read(file, model.config()).linears();
        Map<GroupKind, Double> ofGroups = new EnumMap<>(GroupKind.class);
        for (GroupKind kind : GroupKind.values()) {
            ofGroups.put(kind, share(ofLinears, i -> linears.get(i).group() == kind));
        }
        return new GpuShare(share(ofLinears, i -> true), ofGroups);
    }

    private static double share(List<SplitRatio> ofLinears, IntPredicate which) {
        int gpu = IntStream.range(0, ofLinears.size())
                .filter(which)
                .map(i -> ofLinears.get(i).gpuTiles())
                .sum();
        int all = IntStream.range(0, ofLinears.size())
                .filter(which)
                .map(i -> ofLinears.get(i).tiles())
                .sum();
        return (double) gpu / all;
    }

    /**
     * The ring has room for all that a prompt streams, and is full of that when a token follows, which streams a part of it:
     * in the room of what the token does not want or has used come copies for the next ones, and no more.
     */
    @Test
    void whatATokenNeedsOfThePromptsCopiesIsNotCopiedAgain() {
        RandomSplits streamed = new RandomSplits(file, Resident.NONE, 3);
        List<SplitRatio> ofPrompt = streamed.even(1);
        List<SplitRatio> ofToken = streamed.even(0.4);
        float[][] expected = logitsOfTwoPasses(() -> {});
        CudaDouble gpu = start("mode=eager");
        long ring = bytes(streamed, ofPrompt);
        GpuPlan plan = streamed.plan(ofToken, ring, TOKENS, tokens -> tokens == 1 ? ofToken : ofPrompt);
        assertThat(model.accelerate(open(64 * MIB), plan)).isPresent();
        List<Long> copied = new ArrayList<>();
        assertThat(logitsOfTwoPasses(() -> copied.add(copied(gpu)))).isDeepEqualTo(expected);
        copied.add(copied(gpu));
        logitsOfTwoPasses(() -> copied.add(copied(gpu)));
        assertThat(copied.get(2) - copied.get(1))
                .isGreaterThan(bytes(streamed, ofToken))
                .isLessThanOrEqualTo(ring);
    }

    /** Of a prompt and a token behind it. */
    private float[][] logitsOfTwoPasses(Runnable beforePass) {
        try (KvCache cache = model.newCache()) {
            beforePass.run();
            float[][] ofPrompt = model.forward(List.of(new Slice(cache, IDS, LogitsFor.LAST)))
                    .get(0);
            beforePass.run();
            float[][] ofToken = model.forward(List.of(new Slice(cache, new int[] {1}, LogitsFor.LAST)))
                    .get(0);
            return new float[][] {ofPrompt[0], ofToken[0]};
        }
    }

    private static long bytes(RandomSplits splits, List<SplitRatio> ratios) {
        return IntStream.range(0, ratios.size())
                .mapToLong(i -> ratios.get(i).streamedTiles() * splits.tileBytes(i))
                .sum();
    }

    private static long copied(CudaDouble gpu) {
        return gpu.trace().stream()
                .filter(traced -> traced.engine().equals("h2d"))
                .mapToLong(CudaDouble.Traced::bytes)
                .sum();
    }

    @Test
    void aPlanOfAnotherModelIsRefusedAndTheDeviceGivenBack() {
        CudaDouble gpu = start("mode=lazy");
        RandomModelFile other = RandomModelFile.of(DType.Q8_0, 200, 7);
        RandomSplits ofOther = new RandomSplits(other, Resident.ALL, 3);
        List<SplitRatio> all = ofOther.even(1);
        GpuPlan foreign = ofOther.plan(all, MIB, TOKENS, tokens -> all);
        assertThatThrownBy(() -> model.accelerate(open(64 * MIB), foreign))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the GPU's plan has 13 tiles of output, the model has 6: make a plan of this model");
        GpuPlan fewer = new GpuPlan(List.of(0), List.of(0), MIB, TOKENS, tokens -> List.of());
        assertThatThrownBy(() -> model.accelerate(open(64 * MIB), fewer))
                .hasMessage("the GPU's plan is for 1 linears, the model has 15: make a plan of this model");
        assertThat(gpu.left()).isEmpty();
    }

    /** Weights that stay locked would be unmapped under the driver. */
    @Test
    void aSecondDeviceReplacesTheFirst() {
        float[][] expected = logits();
        CudaDouble gpu = start("mode=lazy");
        Accelerator first = model.accelerate(open(64 * MIB), plan(MIB, TOKENS)).orElseThrow();
        Accelerator second = model.accelerate(open(64 * MIB), plan(MIB, TOKENS)).orElseThrow();
        assertThat(first.isLost()).isTrue();
        assertThat(first.stats().whyLost()).isEmpty();
        assertThat(logits()).isDeepEqualTo(expected);
        assertThat(second.isLost()).isFalse();
        model.close();
        assertThat(gpu.left()).isEmpty();
    }

    @Test
    void aBudgetBelowTheWorkingMemoryIsSaidAndMayBeRaised() {
        float[][] expected = logits();
        CudaDouble gpu = start("mode=lazy");
        Accelerator accelerator;
        try (Warnings warnings = new Warnings()) {
            accelerator = model.accelerate(open(1000), plan(MIB, TOKENS)).orElseThrow();
            assertThat(warnings.lines())
                    .singleElement()
                    .asString()
                    .matches("GPU 0 rests: it needs \\d+ bytes to work with, and its budget has 1000");
        }
        assertThat(logits()).isDeepEqualTo(expected);
        assertThat(gpu.count("launches")).isZero();
        accelerator.setBudget(64 * MIB);
        assertThat(logits()).isDeepEqualTo(expected);
        assertThat(gpu.count("launches")).isPositive();
    }

    /** A budget is no promise of the driver. */
    @Test
    void memoryThatTheDeviceHasNotIsNoLoss() {
        float[][] expected = logits();
        CudaDouble gpu = start("mode=lazy");
        Accelerator accelerator =
                model.accelerate(open(1000), plan(MIB, TOKENS)).orElseThrow();
        gpu.set("taken=" + ((1L << 30) - MIB));
        accelerator.setBudget(64 * MIB);
        assertThat(logits()).isDeepEqualTo(expected);
        assertThat(accelerator.isLost()).isFalse();
        assertThat(gpu.count("launches")).isZero();
        assertThat(gpu.count("allocations")).isZero();
        gpu.set("taken=0");
        accelerator.setBudget(64 * MIB);
        assertThat(logits()).isDeepEqualTo(expected);
        assertThat(gpu.count("launches")).isPositive();
    }

    /** In a JVM of its own, which finds an empty file in place of the library. */
    @Test
    void withoutTheNativeLibraryWeightsAreStaged(@TempDir Path first) throws Exception {
        Path folder = Files.createDirectories(first.resolve("io/hetegen/engine/kernel/linux-amd64"));
        Files.createFile(folder.resolve("libhetegen.so"));
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        first + File.pathSeparator + classPath,
                        WithoutNativeLibrary.class.getName(),
                        kernels.library().toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).endsWith("native: false, lost: false, equal: true\n");
    }

    static final class WithoutNativeLibrary {

        private WithoutNativeLibrary() {}

        public static void main(String[] args) {
            CudaDouble.start(Path.of(args[0]), "mode=lazy");
            AcceleratorITCase test = new AcceleratorITCase();
            float[][] expected = test.logits();
            Accelerator accelerator = test.model
                    .accelerate(open(64 * MIB), test.plan(MIB, TOKENS))
                    .orElseThrow();
            boolean equal = Arrays.deepEquals(test.logits(), expected);
            System.out.printf(
                    "native: %b, lost: %b, equal: %b%n", NativeLibrary.problem() == null, accelerator.isLost(), equal);
            test.close();
        }
    }
}
