package io.hetegen.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.device.cuda.CudaDouble;
import io.hetegen.engine.generate.ModelProfiler;
import io.hetegen.engine.kernel.HostKernels;
import io.hetegen.engine.linear.Profiling;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PlanRequest;
import io.hetegen.engine.plan.Planner;
import io.hetegen.engine.plan.ProfiledCosts;
import io.hetegen.engine.plan.Strategy;
import io.hetegen.engine.profile.Curve;
import io.hetegen.engine.profile.HardwareDescription;
import io.hetegen.engine.profile.LinearShape;
import io.hetegen.engine.profile.Measurement;
import io.hetegen.engine.profile.Profile;
import io.hetegen.engine.tensor.DType;
import java.util.List;
import java.util.Objects;
import java.util.function.IntToDoubleFunction;
import java.util.function.LongSupplier;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The profiler on the driver double: it finds the rates of the virtual clock, and survives what a GPU may do. */
class ModelProfileITCase {

    private static final int VOCABULARY = 83;
    private static final int MIB = 1 << 20;

    /** Event times are floats, of some microseconds here. */
    private static final double TOLERANCE = 1e-4;

    private static final double LAUNCH_NANOS = 4000;
    private static final double COPY_NANOS = 700;
    private static final double H2D_GBPS = 3;
    private static final double D2H_GBPS = 2;
    private static final long TICK_NANOS = 20_000;

    private final RandomModelFile file = RandomModelFile.of(DType.Q8_0, VOCABULARY, 7);
    private final ModelShape shape = ModelShapeReader.read(file, ModelConfigReader.read(file));

    @Test
    void measuresTheRatesOfTheVirtualClock() throws Exception {
        CudaDouble gpu = virtualGpu();

        Profile profile = profile(32L * MIB, ticking(gpu));

        assertThat(gpu.left()).isEmpty();
        assertThat(profile.remarks()).isEmpty();
        assertThat(profile.threads()).isEqualTo(2);
        assertThat(profile.measurements())
                .as("five shapes of the layers for 1 and 12 tokens, the output matrix for one")
                .hasSize(5 * 2 + 1);
        for (Measurement measurement : profile.measurements()) {
            double perTile = perTile(measurement.tokens());
            long tileBytes = measurement.shape().tileBytes();
            IntToDoubleFunction copy = tiles -> (COPY_NANOS + tiles * tileBytes / H2D_GBPS) * 1e-9;
            equal(measurement.gpu(), tiles -> tiles * perTile * 1e-9);
            equal(measurement.copy(), copy);
            equal(measurement.copyBesideCpu(), copy);
            double tick = TICK_NANOS * 1e-9 / groupSize(measurement.shape());
            equal(measurement.cpu(), tiles -> tick);
            equal(measurement.cpuBesideCopies(), tiles -> tick);
        }
        HardwareDescription.Link link =
                Objects.requireNonNull(profile.hardware().link());
        assertThat(link.latencyMicros()).isCloseTo((COPY_NANOS + 64 / D2H_GBPS) / 1e3, near(0.7));
        assertThat(link.d2hGBps()).isBetween(0.99 * D2H_GBPS, D2H_GBPS);
        HardwareDescription.Gpu device =
                Objects.requireNonNull(profile.hardware().gpu());
        assertThat(device.launchMicros()).isCloseTo(LAUNCH_NANOS / 1e3, near(4));
        assertThat(device.memoryGB()).isEqualTo((1024 - 256) * MIB / 1e9);
        double tiles = 3;
        assertThat(profile.hardware().joinMicros())
                .as("the three tiles and a tick of the clock")
                .isCloseTo((tiles * perTile(1) + TICK_NANOS) / 1e3, near(2));
        plansOn(profile);
    }

    /** Linears of a group are measured together, as far as there are so many, and each has its part of what that takes. */
    private long groupSize(LinearShape linear) {
        int size = shape.groups().stream()
                .filter(group -> shape.linears().subList(group.first(), group.end()).stream()
                        .anyMatch(other -> other.shape().equals(linear)))
                .mapToInt(group -> group.end() - group.first())
                .max()
                .orElseThrow();
        return Math.min(
                size,
                shape.linears().stream()
                        .filter(other -> other.shape().equals(linear))
                        .count());
    }

    private void plansOn(Profile profile) {
        ProfiledCosts costs = new ProfiledCosts(profile);
        for (Measurement measurement : profile.measurements()) {
            for (int tiles : measurement.cpu().tiles()) {
                assertThat(costs.cpuSeconds(measurement.shape(), measurement.tokens(), tiles))
                        .isEqualTo(measurement.cpu().at(tiles));
                assertThat(costs.gpuSeconds(measurement.shape(), measurement.tokens(), tiles))
                        .isEqualTo(Objects.requireNonNull(measurement.gpu()).at(tiles));
            }
        }
        assertThat(plan(profile, 16L * MIB).decodeTokensPerSecond()).isPositive();
    }

    private PartitionPlan plan(Profile profile, long gpuBytes) {
        return new Planner(shape, new ProfiledCosts(profile))
                .plan(new PlanRequest(Strategy.HETEGEN, gpuBytes, 12, 4, KvType.F16));
    }

    @ParameterizedTest
    @ValueSource(strings = {"eager", "random", "lazy", "ahead"})
    void ordersItsWorkInEveryMode(String mode) throws Exception {
        CudaDouble gpu = CudaDouble.start(HostKernels.build().library(), "mode=" + mode);

        Profile profile = profile(32L * MIB, System::nanoTime);

        assertThat(profile.hardware().gpu()).isNotNull();
        assertThat(gpu.left()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 40, 300, 1000})
    void aLostGpuCostsOnlyItsPartOfTheProfile(long nth) throws Exception {
        CudaDouble gpu = virtualGpu();
        gpu.lose(nth, 700);

        onlyCpu(profile(32L * MIB, ticking(gpu)), "(700)");
        assertThat(gpu.left()).isEmpty();
    }

    @Test
    void aBudgetThatIsTooSmallIsSaid() throws Exception {
        CudaDouble gpu = virtualGpu();

        onlyCpu(profile(1000, ticking(gpu)), "the budget of 1000 bytes of device memory has");
        assertThat(gpu.left()).isEmpty();
    }

    @Test
    void memoryThatCannotBeLockedIsStaged() throws Exception {
        CudaDouble gpu = virtualGpu();
        gpu.set("registerable=0");

        assertThat(profile(32L * MIB, ticking(gpu)).hardware().gpu()).isNotNull();
        assertThat(gpu.left()).isEmpty();
    }

    @Test
    void anyCallMayFail() throws Exception {
        CudaDouble gpu = virtualGpu();
        profile(32L * MIB, ticking(gpu));
        long calls = gpu.count("calls");
        // More of the first ones, which set things up: those of the rounds are much alike.
        int runs = 12;
        for (int run = 0; run < runs; run++) {
            long nth = (long) Math.pow(calls, (run + 0.5) / runs);
            gpu = virtualGpu();
            gpu.fail("any", nth, run % 2 == 0 ? 2 : 999);
            Profile profile = profile(32L * MIB, ticking(gpu));
            assertThat(plan(profile, profile.hardware().gpu() == null ? 0 : 16L * MIB)
                            .decodeTokensPerSecond())
                    .as("call %d", nth)
                    .isPositive();
            assertThat(gpu.left()).as("call %d", nth).isEmpty();
        }
    }

    private static void onlyCpu(Profile profile, String reason) {
        assertThat(profile.hardware().gpu()).isNull();
        assertThat(profile.measurements()).allMatch(measurement -> measurement.gpu() == null);
        assertThat(profile.remarks())
                .singleElement()
                .asString()
                .startsWith("Only the CPU was measured: ")
                .contains(reason);
    }

    private static CudaDouble virtualGpu() throws Exception {
        CudaDouble gpu = CudaDouble.start(
                HostKernels.build().library(),
                "mode=clock h2d=" + H2D_GBPS + " d2h=" + D2H_GBPS + " copy-ns=" + COPY_NANOS + " kernel-ns="
                        + LAUNCH_NANOS);
        int numTiles = 2;
        gpu.cost("q8_0_gemv1", LAUNCH_NANOS, 0, numTiles, perTile(1));
        gpu.cost("q8_0_gemm", LAUNCH_NANOS, 0, numTiles, perTile(12));
        return gpu;
    }

    private static double perTile(int tokens) {
        return 250.0 * tokens;
    }

    /** The virtual clock of this thread: what the CPU does takes a tick, whatever it is. */
    private static LongSupplier ticking(CudaDouble gpu) {
        return () -> {
            gpu.advance(TICK_NANOS);
            return gpu.clock();
        };
    }

    private Profile profile(long gpuBytes, LongSupplier clock) {
        Profiling how = new Profiling(1e-6, gpuBytes, List.of(12), clock, done -> {});
        try (ThreadTeam team = new ThreadTeam(2);
                CausalLm model = ModelLoader.load(file, ModelConfigReader.read(file), team, KvType.F16)) {
            return ModelProfiler.measure(model, shape, how);
        }
    }

    private static void equal(@Nullable Curve curve, IntToDoubleFunction seconds) {
        Curve measured = Objects.requireNonNull(curve);
        for (int tiles : measured.tiles()) {
            double expected = seconds.applyAsDouble(tiles);
            assertThat(measured.at(tiles)).as("%d tiles", tiles).isCloseTo(expected, near(expected));
        }
    }

    private static Offset<Double> near(double value) {
        return within(TOLERANCE * value);
    }
}
