package io.hetegen.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.KvType;
import io.hetegen.engine.Numerics;
import io.hetegen.engine.Warnings;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.device.cuda.CudaDouble;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.kernel.HostKernels;
import io.hetegen.engine.linear.Accelerator;
import io.hetegen.engine.linear.GpuPlan;
import io.hetegen.engine.model.CausalLm.LogitsFor;
import io.hetegen.engine.model.CausalLm.Slice;
import io.hetegen.engine.model.RandomSplits.Resident;
import io.hetegen.engine.plan.SplitRatio;
import io.hetegen.engine.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code numerics = fast} on the doubles of driver and cuBLAS: near the reproducible logits where cuBLAS multiplies, and
 * their bits everywhere else.
 */
class FastNumericsITCase {

    private static final int VOCABULARY = 83;
    private static final int PROMPT = 21;
    private static final int STEPS = 3;
    private static final long RING = 256 << 10;
    private static final long BUDGET = 64 << 20;

    /** Energy of the errors of logits in that of the logits: two layers of products with inputs of 8 bits (BF16). */
    private static final double TOLERANCE = 1e-4;

    private static HostKernels kernels;

    @BeforeAll
    static void build() throws Exception {
        kernels = HostKernels.build();
    }

    private static CudaDouble start(String mode) {
        return CudaDouble.start(kernels.library(), "mode=" + mode);
    }

    private static GpuPlan plan(RandomModelFile file, double share) {
        RandomSplits splits = new RandomSplits(file, Resident.SOME, 3);
        List<SplitRatio> ratios = splits.even(share);
        return splits.plan(ratios, RING, PROMPT, tokens -> ratios).withNumerics(Numerics.FAST);
    }

    /** A model with a prompt in its cache. */
    private static final class Session implements AutoCloseable {

        private final ThreadTeam team = new ThreadTeam(2);
        private final CausalLm model;
        private final Optional<Accelerator> accelerator;
        private final KvCache cache;

        Session(RandomModelFile file, @Nullable GpuPlan plan) {
            model = ModelLoader.load(file, ModelConfigReader.read(file), team, KvType.F16);
            accelerator = plan == null
                    ? Optional.empty()
                    : CudaDriver.open(0, BUDGET).flatMap(device -> model.accelerate(device, plan));
            cache = model.newCache();
        }

        Accelerator accelerator() {
            return accelerator.orElseThrow();
        }

        /** Logits of all tokens. */
        List<float[]> prefill(int chunk) {
            List<float[]> logits = new ArrayList<>();
            int[] prompt = new SplittableRandom(1).ints(PROMPT, 0, VOCABULARY).toArray();
            for (int from = 0; from < PROMPT; from += chunk) {
                int[] ids = Arrays.copyOfRange(prompt, from, Math.min(from + chunk, PROMPT));
                logits.addAll(List.of(model.forward(List.of(new Slice(cache, ids, LogitsFor.ALL)))
                        .get(0)));
            }
            return logits;
        }

        List<float[]> decode() {
            List<float[]> logits = new ArrayList<>();
            for (int id = 1; id <= STEPS; id++) {
                logits.add(model.forward(List.of(new Slice(cache, new int[] {id}, LogitsFor.LAST)))
                        .get(0)[0]);
            }
            return logits;
        }

        @Override
        public void close() {
            cache.close();
            model.close();
            team.close();
        }
    }

    private static List<float[]> logits(RandomModelFile file, @Nullable GpuPlan plan, int chunk) {
        return logits(file, plan, chunk, session -> {});
    }

    private static List<float[]> logits(
            RandomModelFile file, @Nullable GpuPlan plan, int chunk, Consumer<Session> beforePrompt) {
        try (Session session = new Session(file, plan)) {
            beforePrompt.accept(session);
            List<float[]> logits = session.prefill(chunk);
            logits.addAll(session.decode());
            return logits;
        }
    }

    private static void assertNear(List<float[]> actual, List<float[]> expected) {
        double error = 0;
        double energy = 0;
        for (int row = 0; row < expected.size(); row++) {
            for (int i = 0; i < VOCABULARY; i++) {
                error += Math.pow((double) actual.get(row)[i] - expected.get(row)[i], 2);
                energy += Math.pow(expected.get(row)[i], 2);
            }
        }
        assertThat(error / energy).isStrictlyBetween(0.0, TOLERANCE);
    }

    private static void assertEqualBits(List<float[]> actual, List<float[]> expected) {
        assertThat(actual.toArray(float[][]::new)).isDeepEqualTo(expected.toArray(float[][]::new));
    }

    @ParameterizedTest
    @CsvSource({
        "F32, 0.3, lazy",
        "F32, 1, random",
        "F16, 0.1, random",
        "F16, 0.5, lazy",
        "F16, 1, lazy",
        "BF16, 0.4, ahead",
        "BF16, 1, eager"
    })
    void isNearTheReproducibleLogits(DType dtype, double share, String mode) {
        RandomModelFile file = RandomModelFile.of(dtype, VOCABULARY, 7);
        List<float[]> expected = logits(file, null, PROMPT);
        CudaDouble gpu = start(mode);
        try (Session session = new Session(file, plan(file, share))) {
            assertThat(session.accelerator().fastEffect().orElseThrow())
                    .isEqualTo("multiplies by weights of " + dtype
                            + " through cuBLAS 12.6 in passes of 9 tokens and more, as far as they are the GPU's");
            assertThat(session.model.numerics()).isEqualTo(Numerics.REPRODUCIBLE);
            List<float[]> logits = session.prefill(PROMPT);
            assertThat(session.model.numerics()).isEqualTo(Numerics.FAST);
            logits.addAll(session.decode());
            assertThat(session.model.numerics()).isEqualTo(Numerics.REPRODUCIBLE);
            assertNear(logits, expected);
        }
        assertThat(gpu.left()).isEmpty();
    }

    /** Layers from end to end, where activations come from the device and stay there. */
    @Test
    void wholeLayersAreFastToo() {
        RandomModelFile file = RandomModelFile.of(DType.F16, VOCABULARY, 15);
        List<float[]> expected = logits(file, null, PROMPT);
        List<SplitRatio> ratios = new RandomSplits(file, Resident.ALL, 3).even(1);
        GpuPlan plan = new GpuPlan(
                        ratios.stream().map(SplitRatio::residentTiles).toList(),
                        IntStream.range(0, ratios.size()).boxed().toList(),
                        RING,
                        PROMPT,
                        tokens -> ratios,
                        List.of(0, 1),
                        1 << 20,
                        1)
                .withNumerics(Numerics.FAST);
        CudaDouble gpu = start("random");
        try (Session session = new Session(file, plan)) {
            long normed = normed(gpu);
            List<float[]> logits = session.prefill(PROMPT);
            assertThat(normed(gpu)).as("layers that were whole").isGreaterThan(normed);
            assertThat(session.model.numerics()).isEqualTo(Numerics.FAST);
            logits.addAll(session.decode());
            assertNear(logits, expected);
        }
        assertThat(gpu.left()).isEmpty();
    }

    private static long normed(CudaDouble gpu) {
        return gpu.trace().stream()
                .filter(traced -> traced.name().equals("rms_norm"))
                .count();
    }

    /** Decode after the same prompt, with the GPU and without. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void decodeHasTheBitsOfTheCpu(DType dtype) {
        RandomModelFile file = RandomModelFile.of(dtype, VOCABULARY, 8);
        List<List<float[]>> decoded = new ArrayList<>();
        for (boolean withGpu : new boolean[] {true, false}) {
            start("lazy");
            try (Session session = new Session(file, plan(file, 0.6))) {
                session.prefill(PROMPT);
                if (!withGpu) {
                    session.accelerator().close();
                }
                decoded.add(session.decode());
            }
        }
        assertEqualBits(decoded.get(0), decoded.get(1));
    }

    @Test
    void shortPassesHaveTheBitsOfTheCpu() {
        RandomModelFile file = RandomModelFile.of(DType.F16, VOCABULARY, 9);
        CudaDouble gpu = start("random");
        long[] opened = new long[1];
        assertEqualBits(
                logits(file, plan(file, 0.6), 8, session -> opened[0] = gpu.count("products")),
                logits(file, null, PROMPT));
        assertThat(opened[0]).as("of the self-test").isPositive().isEqualTo(gpu.count("products"));
    }

    @ParameterizedTest
    @EnumSource(names = {"Q8_0", "Q4_K"})
    void quantizedWeightsHaveTheBitsOfTheCpu(DType dtype) {
        RandomModelFile file = RandomModelFile.of(dtype, VOCABULARY, 10);
        CudaDouble gpu = start("lazy");
        try (Session session = new Session(file, plan(file, 0.6))) {
            assertEqualBits(session.prefill(PROMPT), logits(file, null, PROMPT).subList(0, PROMPT));
            assertThat(session.model.numerics()).isEqualTo(Numerics.REPRODUCIBLE);
            assertThat(session.accelerator().whyNotFast()).isEqualTo("the model has no float weights");
        }
        assertThat(gpu.count("products")).isZero();
        assertThat(gpu.left()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"cublasCreate", "cublasSetStream", "cublasSetWorkspace", "cublasGetVersion"})
    void withoutCublasItIsReproducible(String function) {
        RandomModelFile file = RandomModelFile.of(DType.F16, VOCABULARY, 11);
        CudaDouble gpu = start("lazy");
        gpu.fail(function, 1, 3);
        assertEqualBits(
                logits(file, plan(file, 0.6), PROMPT, session -> {
                    assertThat(session.accelerator().fastEffect()).isEmpty();
                    assertThat(session.accelerator().whyNotFast()).startsWith(function + " failed: CUBLAS_STATUS_");
                    assertThat(session.accelerator().isLost()).isFalse();
                }),
                logits(file, null, PROMPT));
        assertThat(gpu.left()).isEmpty();
    }

    /** At every product: in the self-test, or later. */
    @ParameterizedTest
    @ValueSource(strings = {"lazy", "random"})
    void anErrorOfCublasCostsOnlyCublas(String mode) {
        RandomModelFile file = RandomModelFile.of(DType.F16, VOCABULARY, 12);
        List<float[]> expected = logits(file, null, PROMPT);
        CudaDouble gpu = start(mode);
        assertNear(logits(file, plan(file, 0.6), PROMPT), expected);
        long products = gpu.count("products");
        int reproducible = 0;
        for (long nth = 1; nth <= products; nth += 3) {
            gpu = start(mode);
            gpu.fail("cublasGemmEx", nth, 13);
            try (Warnings warnings = new Warnings();
                    Session session = new Session(file, plan(file, 0.6))) {
                List<float[]> logits = session.prefill(PROMPT);
                Numerics numerics = session.model.numerics();
                logits.addAll(session.decode());
                if (numerics == Numerics.FAST) {
                    assertNear(logits, expected);
                } else {
                    assertEqualBits(logits, expected);
                    reproducible++;
                }
                assertThat(warnings.lines())
                        .singleElement()
                        .asString()
                        .isEqualTo("cuBLAS is given up on GPU 0, prefill goes on with reproducible products: "
                                + "cublasGemmEx failed: CUBLAS_STATUS_EXECUTION_FAILED (13)");
                assertThat(session.accelerator().isLost()).isFalse();
                assertThat(gpu.count("blas")).as("given back").isZero();
            }
            assertThat(gpu.left()).isEmpty();
        }
        assertThat(reproducible).as("those that failed in the self-test").isPositive();
    }

    @Test
    void theGpuMayBeLostInTheMiddle() {
        RandomModelFile file = RandomModelFile.of(DType.BF16, VOCABULARY, 13);
        List<float[]> expected = logits(file, null, PROMPT);
        CudaDouble whole = start("eager");
        long[] opened = new long[1];
        logits(file, plan(file, 0.6), PROMPT, session -> opened[0] = whole.count("work"));
        long end = whole.count("work");
        for (long nth = opened[0] + 1; nth < end; nth += (end - opened[0]) / 9) {
            CudaDouble gpu = start("eager");
            gpu.lose(nth, 719);
            try (Warnings warnings = new Warnings();
                    Session session = new Session(file, plan(file, 0.6))) {
                List<float[]> logits = session.prefill(PROMPT);
                logits.addAll(session.decode());
                assertThat(session.accelerator().isLost()).isTrue();
                assertThat(warnings.lines()).hasSize(1);
                for (int row = 0; row < expected.size(); row++) {
                    assertThat(logits.get(row)).doesNotContain(Float.NaN);
                }
            }
            assertThat(gpu.left()).isEmpty();
        }
    }

    @Test
    void itsMemoryComesAndGoesWithTheBudget() {
        RandomModelFile file = RandomModelFile.of(DType.F16, VOCABULARY, 14);
        CudaDouble gpu = start("lazy");
        try (Session session = new Session(file, plan(file, 0.6))) {
            for (long budget : new long[] {1 << 20, BUDGET}) {
                session.accelerator().setBudget(budget);
                session.prefill(PROMPT);
                boolean roomy = budget == BUDGET;
                assertThat(session.model.numerics()).isEqualTo(roomy ? Numerics.FAST : Numerics.REPRODUCIBLE);
                assertThat(gpu.count("blas")).isEqualTo(roomy ? 1 : 0);
                assertThat(session.accelerator().whyNotFast().contains("bytes of GPU memory beside weights"))
                        .isEqualTo(!roomy);
            }
        }
        assertThat(gpu.left()).isEmpty();
    }
}
