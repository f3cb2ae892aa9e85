package io.hetegen.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.hetegen.engine.GpuStats;
import io.hetegen.engine.Warnings;
import io.hetegen.engine.device.cuda.CudaDouble;
import io.hetegen.engine.device.cuda.CudaDouble.Traced;
import io.hetegen.engine.generate.SplitRun.Answers;
import io.hetegen.engine.kernel.HostKernels;
import io.hetegen.engine.linear.Accelerator;
import io.hetegen.engine.linear.GpuPlan;
import io.hetegen.engine.model.RandomModelFile;
import io.hetegen.engine.model.RandomSplits;
import io.hetegen.engine.model.RandomSplits.Resident;
import io.hetegen.engine.plan.SplitRatio;
import io.hetegen.engine.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever happens to the GPU, an answer goes on with the same bits, and nothing of the device is left. */
class SplitFaultsITCase {

    private static final int[] FATAL = {214, 700, 719, 999};
    private static final List<String> MODES = List.of("eager", "random", "lazy", "ahead", "clock");

    private static HostKernels kernels;

    private final RandomModelFile file = RandomModelFile.of(DType.Q8_0, ToyTokenizer.SIZE, 12);
    private final RandomSplits splits = new RandomSplits(file, Resident.SOME, 5);
    private final List<SplitRatio> ratios = splits.uneven();
    private final GpuPlan plan = plan(ratios, SplitRun.CHUNK + 4);

    @BeforeAll
    static void build() throws Exception {
        kernels = HostKernels.build();
    }

    private GpuPlan plan(List<SplitRatio> of, int maxTokens) {
        return splits.plan(of, splits.ringOf(4), maxTokens, tokens -> of);
    }

    private static CudaDouble start(String mode) {
        return CudaDouble.start(kernels.library(), "mode=" + mode);
    }

    /** At 20 random copies or kernels after the first token began, and at 5 before. */
    @Test
    void isLostInTheMiddle() {
        SplitRun run = new SplitRun(file, 2, true);
        Answers expected = run.onCpu();
        CudaDouble whole = start("eager");
        List<Long> atBegin = new ArrayList<>();
        assertThat(run.on(plan, (step, accelerator) -> atBegin.add(whole.count("work"))))
                .isEqualTo(expected);
        long opened = atBegin.get(0);
        long end = atBegin.get(atBegin.size() - 1);

        SplittableRandom random = new SplittableRandom(20);
        for (int i = 0; i < 25; i++) {
            long nth = i < 20 ? random.nextLong(opened + 1, end) : random.nextLong(1, opened + 1);
            String mode = MODES.get(i % MODES.size());
            CudaDouble gpu = start(mode);
            gpu.lose(nth, FATAL[i % FATAL.length]);
            try (Warnings warnings = new Warnings()) {
                assertThat(run.on(plan)).as("%s, lost at %d", mode, nth).isEqualTo(expected);
                assertThat(warnings.lines()).as("%s, lost at %d", mode, nth).hasSize(1);
            }
            assertThat(gpu.left()).as("%s, lost at %d", mode, nth).isEmpty();
        }
    }

    @Test
    void itsEndIsSaidOnceWithItsReason() {
        CudaDouble gpu = start("lazy");
        SplitRun run = new SplitRun(file, 1, false);
        List<GpuStats> stats = new ArrayList<>();
        try (Warnings warnings = new Warnings()) {
            run.on(plan, (step, accelerator) -> {
                if (step == 2) {
                    gpu.lose(gpu.count("work") + 3, 719);
                }
                stats.add(accelerator.stats());
            });
            assertThat(warnings.lines())
                    .singleElement()
                    .asString()
                    .startsWith("GPU 0 is given up, the CPU goes on alone: cu")
                    .contains("failed: CUDA_ERROR_LAUNCH_FAILED (719)");
        }
        long resident = 0;
        for (int i = 0; i < ratios.size(); i++) {
            resident += ratios.get(i).residentTiles() * splits.tileBytes(i);
        }
        assertThat(stats.get(0).residentBytes()).isEqualTo(resident).isPositive();
        assertThat(stats.get(0).whyLost()).isEmpty();
        assertThat(stats.get(1).streamedBytes()).isGreaterThan(stats.get(0).streamedBytes());
        GpuStats last = stats.get(stats.size() - 1);
        assertThat(last.residentBytes()).isZero();
        assertThat(last.whyLost().orElseThrow()).contains("(719)");
    }

    /** Of a model with a few of its linears on the GPU. */
    @ParameterizedTest
    @CsvSource({"2, lazy", "700, ahead"})
    void everyCallMayFail(int code, String mode) {
        List<SplitRatio> few = new ArrayList<>(ratios);
        for (int i = 2; i < few.size() - 2; i++) {
            few.set(i, SplitRatio.allCpu(few.get(i).tiles()));
        }
        GpuPlan small = plan(few, 8);
        SplitRun run = new SplitRun(file, 1, false);
        Answers expected = run.onCpu();
        CudaDouble gpu = start(mode);
        assertThat(run.on(small)).isEqualTo(expected);
        long calls = gpu.count("calls");
        assertThat(calls).isGreaterThan(100);

        int lost = 0;
        for (long nth = 1; nth <= calls; nth++) {
            gpu = start(mode);
            gpu.fail("any", nth, code);
            try (Warnings warnings = new Warnings()) {
                assertThat(run.on(small)).as("call %d", nth).isEqualTo(expected);
                assertThat(warnings.lines()).as("call %d", nth).hasSizeLessThanOrEqualTo(1);
                lost += warnings.lines().size();
            }
            assertThat(gpu.left()).as("call %d", nth).isEmpty();
        }
        assertThat(lost).isGreaterThan(50);
    }

    static Stream<Arguments> modesAndResidents() {
        return MODES.stream()
                .flatMap(mode -> Stream.of(Resident.SOME, Resident.ALL).map(resident -> arguments(mode, resident)));
    }

    /** Where all is resident, no wait for a streamed slice helps what became resident late. */
    @ParameterizedTest
    @MethodSource("modesAndResidents")
    void itsBudgetMayChangeAtEveryToken(String mode, Resident part) {
        RandomSplits ofPart = new RandomSplits(file, part, 5);
        List<SplitRatio> ofBudget = ofPart.uneven();
        GpuPlan budgeted = ofPart.plan(ofBudget, ofPart.ringOf(4), SplitRun.CHUNK + 4, tokens -> ofBudget);
        SplitRun run = new SplitRun(file, 3, true);
        Answers expected = run.onCpu();
        CudaDouble gpu = start(mode);
        double[] shares = {0.5, 2, 0, 1, 0.02, 1};
        List<Long> resident = new ArrayList<>();
        BudgetChecks checks = new BudgetChecks(gpu);
        assertThat(run.on(budgeted, (step, accelerator) -> {
                    checks.isKept();
                    resident.add(accelerator.stats().residentBytes());
                    checks.set(accelerator, Math.round(checks.most() * shares[step % shares.length]));
                }))
                .isEqualTo(expected);
        long all = resident.get(0);
        assertThat(all).isPositive();
        assertThat(resident.get(1)).as("at half").isStrictlyBetween(0L, all);
        assertThat(resident.get(2)).as("at twice").isEqualTo(all);
        assertThat(resident.get(3)).as("at nothing").isZero();
        assertThat(resident.get(4)).as("at all").isEqualTo(all);
        assertThat(resident.get(5)).as("below the working memory").isZero();
        assertThat(gpu.left()).isEmpty();
    }

    /** The bytes that the device counts, against the budget of the passes so far. */
    private static final class BudgetChecks {

        private final CudaDouble gpu;
        private long limit = Long.MAX_VALUE;
        private long most;

        private BudgetChecks(CudaDouble gpu) {
            this.gpu = gpu;
        }

        /** Without what the device adds to round an allocation up. */
        private long bytes() {
            return gpu.count("bytes") - 255 * gpu.count("allocations");
        }

        private void isKept() {
            assertThat(bytes()).isLessThanOrEqualTo(limit);
            most = Math.max(most, gpu.count("bytes"));
        }

        private long most() {
            return most;
        }

        private void set(Accelerator accelerator, long bytes) {
            limit = bytes;
            accelerator.setBudget(bytes);
        }
    }

    /** The first copy of resident tiles, and the first behind a kernel, of streamed ones. */
    @Test
    void aWrongBitOfACopyIsSeenAtOnce() {
        SplitRun run = new SplitRun(file, 2, true);
        Answers expected = run.onCpu();
        CudaDouble whole = start("eager");
        run.on(plan);
        List<String> engines = whole.trace().stream().map(Traced::engine).toList();
        int streamed = engines.indexOf("compute");
        while (!engines.get(streamed).equals("h2d")) {
            streamed++;
        }
        for (int wrong : new int[] {engines.indexOf("h2d"), streamed}) {
            CudaDouble gpu = start("lazy");
            gpu.corrupt(wrong + 1);
            try (Warnings warnings = new Warnings()) {
                assertThat(run.on(plan)).isEqualTo(expected);
                assertThat(warnings.lines())
                        .singleElement()
                        .asString()
                        .startsWith("GPU 0 is given up, the CPU goes on alone: its self-test failed: blk.0.")
                        .containsPattern(
                                " \\(Q8_0, \\d+ x \\d+\\) has \\S+ in row \\d+ of token 0, and \\S+ on the CPU alone");
            }
            assertThat(gpu.left()).isEmpty();
        }
    }
}
