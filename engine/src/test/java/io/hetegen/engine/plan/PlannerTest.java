package io.hetegen.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.hetegen.engine.KvType;
import io.hetegen.engine.profile.HardwareDescription;
import io.hetegen.engine.profile.HardwareDescription.Cpu;
import io.hetegen.engine.tensor.DType;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlannerTest {

    private static final ModelShape OPT = SampleModels.opt(8, 4096);
    private static final PartitionPlan AT_900_MB =
            new Planner(OPT, new RooflineCosts(SampleModels.A10, 16)).plan(request(900_000_000, 512, 64));

    /** Tiles are whole: plans for different budgets that are as good as each other differ by so much. */
    private static final double ROUNDING = 0.999;

    private static final CostModel A10 = new RooflineCosts(SampleModels.A10, 16);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void moreMemoryIsNeverSlowerAndNoPlanExceedsItsBudget(int seed) {
        Random random = new Random(seed);
        ModelShape model = SampleModels.random(random);
        Planner planner = new Planner(model, new RooflineCosts(SampleModels.randomMachine(random), 16));
        PlanRequest request = request(0, 1 + random.nextInt(700), 1 + random.nextInt(200));
        double before = 0;
        for (long budget = 0; budget < 1.3 * model.weightBytes(); ) {
            PartitionPlan plan = planner.plan(request.withGpuMemory(budget));

            assertThat(plan.memory().totalBytes()).isLessThanOrEqualTo(budget);
            assertThat(plan.requestTokensPerSecond()).as("%d bytes", budget).isGreaterThanOrEqualTo(before * ROUNDING);
            before = plan.requestTokensPerSecond();
            budget += (long) (model.weightBytes() * (0.08 + 0.2 * random.nextDouble()));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void isNeverSlowerThanWhatOthersDo(int seed) {
        Random random = new Random(seed);
        ModelShape model = SampleModels.random(random);
        Planner planner = new Planner(model, new RooflineCosts(SampleModels.randomMachine(random), 16));
        for (int i = 0; i < 3; i++) {
            long enoughForAll = model.activationBytes(512, 0) + (64L << 20);
            long budget = enoughForAll + (long) (random.nextDouble() * 1.2 * model.weightBytes());
            PlanRequest request = request(budget, 1 + random.nextInt(700), 1 + random.nextInt(200));
            double hetegen = planner.plan(request).requestTokensPerSecond();
            for (Strategy other : Strategy.values()) {
                assertThat(hetegen)
                        .as("%s with %d bytes", other, budget)
                        .isGreaterThanOrEqualTo(
                                planner.plan(request.with(other)).requestTokensPerSecond());
            }
        }
    }

    @Test
    void eachLinearIsBalancedToWithinATile() {
        PartitionPlan plan = AT_900_MB;

        for (LinearPlan linear : plan.linears()) {
            PhaseShare share = linear.decode();
            double tile = linear.linear().shape().tileBytes() * (1 / 75e9 + 1 / 24e9);
            assertThat(share.copySeconds() + share.gpuSeconds())
                    .as(linear.linear().name())
                    .isGreaterThan(share.cpuSeconds() - tile);
            // The copies also run while the CPU does what is no linear: so much more is streamed than balances one.
            double rest = plan.decode().seconds() / plan.decode().cpuSeconds();
            assertThat(share.copySeconds())
                    .as(linear.linear().name())
                    .isLessThan(1.02 * rest * share.cpuSeconds() + tile);
        }
    }

    @Test
    void aTokenIsBalancedAsAWhole() {
        PartitionPlan plan = AT_900_MB;

        double token = plan.decode().seconds();
        assertThat(plan.decode().copySeconds()).as("the copies never idle").isCloseTo(token, within(0.005 * token));
        double joins = (4 * 8 + 1) * 15e-6;
        assertThat(plan.decode().cpuSeconds() + joins).as("nor does the CPU").isCloseTo(token, within(0.03 * token));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, -1", "4, 1", "4, -1", "8, 1", "8, -1"})
    void noTileIsBetterElsewhere(long gigabytes, int move) {
        ModelShape model = SampleModels.opt(24, 5120);
        PlanRequest request = request(gigabytes * 1_000_000_000L, 512, 64);
        PartitionPlan plan = new Planner(model, A10).plan(request);
        ResidencyFill fill = new ResidencyFill(model, A10);
        PhaseSearch phases = new PhaseSearch(model, A10, new PassBuilder(model, A10, KvType.F16), fill);
        Placement placement = new TokenTimeline(model, A10).placement(plan);
        SplitRatio[] moved = plan.linears().stream()
                .map(linear -> linear.decode().ratio())
                .map(ratio ->
                        new SplitRatio(ratio.residentTiles(), ratio.streamedTiles() + move, ratio.cpuTiles() - move))
                .toArray(SplitRatio[]::new);

        assertThat(phases.seconds(Phase.decode(request), placement, moved))
                .isGreaterThan(plan.decode().seconds());
    }

    @Test
    void aByteOfMoreGainIsResidentFirst() {
        // Measured: weights of 6 bits which the CPU multiplies at half the speed of its memory.
        ModelShape model = SampleModels.mixed(8, 2048);
        CostModel measured = new ProfiledCosts(SampleModels.profile(model, dtype -> dtype == DType.Q6_K ? 2 : 1));
        PartitionPlan plan = new Planner(model, measured).plan(request(300_000_000, 64, 64));

        double q6 = residentShare(plan, DType.Q6_K);
        double q4 = residentShare(plan, DType.Q4_K);
        assertThat(q4).isPositive().isLessThan(0.9);
        assertThat(q6).isGreaterThan(q4);
    }

    @Test
    void whereTheCoresFillTheBusStreamingWinsNothing() {
        HardwareDescription a10 = SampleModels.A10;
        HardwareDescription full = new HardwareDescription(
                "full bus", new Cpu(16, 75, 75, 800, 3200, 16), a10.link(), a10.gpu(), a10.joinMicros());
        PartitionPlan plan = new Planner(OPT, new RooflineCosts(full, 16)).plan(request(900_000_000, 512, 64));

        assertThat(plan.decode().copySeconds()).isZero();
        assertThat(plan.decodeTokensPerSecond()).isLessThan(AT_900_MB.decodeTokensPerSecond());
        assertThat(plan.remarks())
                .contains("Streaming wins nothing in decode: the cores alone fill the memory bus (75 GB/s).");
        PartitionPlan half = new Planner(OPT, new RooflineCosts(full, 8)).plan(request(900_000_000, 512, 64));
        assertThat(half.decode().copySeconds())
                .as("half of the cores leave room on the bus")
                .isPositive();
    }

    @Test
    void withoutMemoryTheCpuDoesItAll() {
        PartitionPlan plan = new Planner(OPT, A10).plan(request(0, 512, 64));

        assertThat(plan.usesGpu()).isFalse();
        assertThat(plan.remarks()).anyMatch(remark -> remark.contains("CPU alone"));
        assertThat(plan.decode().copySeconds()).isZero();
    }

    @Test
    void whatFitsIsResident() {
        PartitionPlan plan = new Planner(OPT, A10).plan(request(24_000_000_000L, 512, 64));

        assertThat(plan.linears())
                .allMatch(linear ->
                        linear.residentTiles() == linear.linear().shape().tiles());
        assertThat(plan.memory().weightBytes()).isEqualTo(OPT.weightBytes());
        assertThat(plan.decode().copySeconds()).isZero();
        assertThat(plan.remarks()).contains("All weights lie in the GPU's memory.");
    }

    @Test
    void theGrowthOfTheCacheIsReserved() {
        PartitionPlan plan = new Planner(OPT, A10).plan(request(2_500_000_000L, 512, 64));

        assertThat(plan.kvOnGpu()).containsOnly(true);
        assertThat(plan.memory().kvBytes()).isEqualTo(8 * OPT.kvBytesPerLayer(KvType.F16, 576));
        assertThat(OPT.kvBytesPerLayer(KvType.F16, 576)).isEqualTo(576L * 2 * 4096 * 2);
    }

    @Test
    void everySequenceGetsRoomForItsCache() {
        Planner planner = new Planner(OPT, A10);
        PlanRequest one = request(4_000_000_000L, 500, 64);
        PartitionPlan plan = planner.plan(one);
        PartitionPlan four = planner.plan(one.withSequences(4));

        long bytes = 8 * OPT.kvBytesPerLayer(KvType.F16, 564);
        assertThat(plan.memory().kvBytes()).isEqualTo(bytes);
        assertThat(plan.host().kvBytes()).as("the host's caches are complete").isEqualTo(bytes);
        assertThat(four.memory().kvBytes()).isEqualTo(4 * bytes);
        assertThat(four.host().kvBytes()).isEqualTo(4 * bytes);
        assertThat(four.memory().weightBytes()).isLessThan(plan.memory().weightBytes());
        assertThat(four.memory().totalBytes()).isLessThanOrEqualTo(one.gpuMemoryBytes());
    }

    @Test
    void aLongPromptIsPrefilledInChunksTheLastOneShorter() {
        PartitionPlan plan = new Planner(OPT, A10).plan(request(2_000_000_000L, 1200, 64));

        assertThat(plan.prefill()).extracting(PhasePrediction::tokens).containsExactly(512, 176);
        assertThat(plan.prefill()).extracting(PhasePrediction::passes).containsExactly(2, 1);
        assertThat(plan.prefillTokensPerSecond()).isCloseTo(1200 / plan.prefillSeconds(), within(1e-9));
    }

    @Test
    void thePhasesHaveRatiosOfTheirOwnAndCommonResidency() {
        PartitionPlan plan = AT_900_MB;

        assertThat(plan.linears()).allSatisfy(linear -> {
            assertThat(linear.decode().ratio().cpuTiles())
                    .isGreaterThan(linear.prefill().get(0).ratio().cpuTiles());
            assertThat(linear.decode().ratio().residentTiles()).isLessThanOrEqualTo(linear.residentTiles());
        });
    }

    @Test
    void theTimelineIsTheTokenOfThePrediction() {
        Planner planner = new Planner(OPT, A10);
        PartitionPlan plan = AT_900_MB;

        double end = planner.decodeTimeline(plan).stream()
                .mapToDouble(Span::to)
                .max()
                .orElseThrow();
        assertThat(end)
                .isCloseTo(plan.decode().seconds(), within(0.01 * plan.decode().seconds()));
    }

    @Test
    void refusesWhatCannotBe() {
        Planner planner = new Planner(OPT, A10);
        assertThatThrownBy(() -> planner.plan(request(25_000_000_000L, 512, 64)))
                .isInstanceOf(PlanningException.class)
                .hasMessageContaining("more than the 24.00 GB");
        assertThatThrownBy(() -> planner.plan(request(1000, 512, 64).with(Strategy.STREAM)))
                .isInstanceOf(PlanningException.class)
                .hasMessageContaining("strategy stream needs at least");
        Planner without = new Planner(
                OPT, new RooflineCosts(new HardwareDescription("old", SampleModels.A10.cpu(), null, null, 15), 16));
        assertThat(without.plan(request(0, 512, 64)).usesGpu()).isFalse();
        assertThatThrownBy(() -> without.plan(request(0, 512, 64).with(Strategy.LAYERS)))
                .isInstanceOf(PlanningException.class)
                .hasMessageContaining("has no GPU");
    }

    private static double residentShare(PartitionPlan plan, DType dtype) {
        return plan.linears().stream()
                .filter(linear -> linear.linear().shape().dtype() == dtype)
                .mapToDouble(linear -> (double) linear.residentTiles()
                        / linear.linear().shape().tiles())
                .average()
                .orElseThrow();
    }

    private static PlanRequest request(long budget, int prompt, int generate) {
        return new PlanRequest(Strategy.HETEGEN, budget, prompt, generate, KvType.F16);
    }
}
