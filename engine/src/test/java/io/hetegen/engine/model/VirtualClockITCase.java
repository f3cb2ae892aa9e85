package io.hetegen.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaDouble;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.kernel.DelegatingKernels;
import io.hetegen.engine.kernel.HostKernels;
import io.hetegen.engine.kernel.KernelChoice;
import io.hetegen.engine.kernel.Kernels;
import io.hetegen.engine.linear.GpuPlan;
import io.hetegen.engine.model.CausalLm.LogitsFor;
import io.hetegen.engine.model.CausalLm.Slice;
import io.hetegen.engine.plan.CostModel;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PlanRequest;
import io.hetegen.engine.plan.Planner;
import io.hetegen.engine.plan.Strategy;
import io.hetegen.engine.profile.LinearShape;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.TileLayout;
import java.util.List;
import java.util.Locale;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the planner's simulation predicts for a decoded token is what the engine then takes, on a machine whose rates are
 * exactly those that the planner was told: the driver double's virtual clock, which CPU products advance too.
 */
class VirtualClockITCase {

    private static final DType TYPE = DType.Q4_K;
    /** All matrices of this model have as many columns, so that a kernel's time is a multiple of its tiles. */
    private static final int COLUMNS = 256;

    private static final int VOCABULARY = 1000;
    private static final int PROMPT = 4;
    private static final int WARM_UP = 4;
    /** Fewer than the ratios wait for before they follow real time. */
    private static final int TOKENS = 10;

    private static final Percentage AGREEMENT = Percentage.withPercentage(5);

    @ParameterizedTest
    @CsvSource({
        "HETEGEN, 150000, 1.0, 0.5",
        "HETEGEN, 200000, 1.0, 0.5",
        "HETEGEN, 300000, 1.0, 0.5",
        "HETEGEN, 200000, 1.0, 2.0",
        "HETEGEN, 200000, 0.2, 1.0",
        "HETEGEN, 200000, 3.0, 0.5",
        "STREAM, 200000, 1.0, 1.0",
        "LAYERS, 400000, 1.0, 1.0",
        "LAYERS, 900000, 1.0, 1.0",
        "HETEGEN, 900000, 0.1, 1.0",
        "CPU, 0, 1.0, 1.0",
    })
    void aTokenTakesAsLongAsPredicted(Strategy strategy, long gpuMemory, double cpuGBps, double linkGBps)
            throws Exception {
        VirtualMachine machine = new VirtualMachine(cpuGBps, linkGBps);
        RandomModelFile file = RandomModelFile.of(TYPE, VOCABULARY, 7);
        ModelConfig config = ModelConfigReader.read(file);
        ModelShape shape = ModelShapeReader.read(file, config);
        PartitionPlan plan =
                new Planner(shape, machine).plan(new PlanRequest(strategy, gpuMemory, PROMPT, TOKENS, KvType.F16));

        CudaDouble gpu = machine.start(HostKernels.build());
        try (ThreadTeam team = new ThreadTeam(1);
                CausalLm model = ModelLoader.load(file, config, team, KvType.F16, machine.kernels(gpu))) {
            if (plan.usesGpu()) {
                CudaDevice device = CudaDriver.open(0, gpuMemory).orElseThrow();
                assertThat(model.accelerate(device, GpuPlan.of(plan, PROMPT))).isPresent();
            }
            try (KvCache cache = model.newCache()) {
                model.forward(List.of(new Slice(cache, new int[PROMPT], LogitsFor.LAST)));
                long start = 0;
                for (int i = 0; i < WARM_UP + TOKENS; i++) {
                    if (i == WARM_UP) {
                        start = gpu.clock();
                    }
                    model.forward(List.of(new Slice(cache, new int[] {i}, LogitsFor.LAST)));
                }
                double seconds = (gpu.clock() - start) * 1e-9 / TOKENS;
                System.out.printf(
                        Locale.ROOT,
                        "%s, %d bytes, CPU %.1f GB/s, link %.1f GB/s: predicted %.1f us a token, taken %.1f us (%+.1f %%)%n",
                        strategy,
                        gpuMemory,
                        cpuGBps,
                        linkGBps,
                        plan.decode().seconds() * 1e6,
                        seconds * 1e6,
                        100 * (seconds / plan.decode().seconds() - 1));
                assertThat(seconds).isCloseTo(plan.decode().seconds(), AGREEMENT);
            }
        }
        assertThat(gpu.left()).isEmpty();
    }

    /** Products and copies take time by their bytes, and each kernel its launch; everything else takes none. */
    private record VirtualMachine(double cpuGBps, double linkGBps) implements CostModel {

        private static final double GPU_GBPS = 20;
        private static final double LAUNCH_NANOS = 200;
        private static final double TILE_BYTES = new TileLayout(TYPE, TileLayout.ROWS, COLUMNS).tileBytes();
        private static final double GIGA = 1e9;
        private static final double FAR_FASTER = 1e6;

        CudaDouble start(HostKernels kernels) {
            CudaDouble gpu = CudaDouble.start(
                    kernels.library(),
                    "mode=clock copy-ns=0 call-ns=0 poll-ns=0 kernel-ns=" + LAUNCH_NANOS + " h2d=" + linkGBps);
            int numTiles = 2;
            gpu.cost(TYPE.name().toLowerCase(Locale.ROOT) + "_gemv1", LAUNCH_NANOS, 0, numTiles, TILE_BYTES / GPU_GBPS);
            return gpu;
        }

        Kernels kernels(CudaDouble gpu) {
            return new DelegatingKernels(
                    KernelChoice.make().kernels(), tiles -> gpu.advance(Math.round(tiles * TILE_BYTES / cpuGBps)));
        }

        @Override
        public String hardware() {
            return "virtual";
        }

        @Override
        public int threads() {
            return 1;
        }

        @Override
        public int saturatingThreads() {
            return 1;
        }

        @Override
        public boolean hasGpu() {
            return true;
        }

        @Override
        public long gpuMemoryBytes() {
            return 1 << 30;
        }

        @Override
        public double cpuSeconds(LinearShape shape, int tokens, int tiles) {
            return tiles * shape.tileBytes() / (GIGA * cpuGBps);
        }

        @Override
        public double gpuSeconds(LinearShape shape, int tokens, int tiles) {
            return tiles * shape.tileBytes() / (GIGA * GPU_GBPS);
        }

        @Override
        public double copySeconds(LinearShape shape, int tiles) {
            return tiles * shape.tileBytes() / (GIGA * linkGBps);
        }

        @Override
        public double cpuTouchSeconds(double bytes) {
            return bytes / (GIGA * FAR_FASTER);
        }

        @Override
        public double gpuTouchSeconds(double bytes) {
            return 0;
        }

        @Override
        public double cpuAttentionSeconds(double kvBytes, double flops) {
            return 0;
        }

        @Override
        public double gpuAttentionSeconds(double kvBytes, double flops) {
            return 0;
        }

        @Override
        public double uploadSeconds(double bytes) {
            return 0;
        }

        @Override
        public double downloadSeconds(double bytes) {
            return 0;
        }

        @Override
        public double latencySeconds() {
            return 0;
        }

        @Override
        public double launchSeconds() {
            return LAUNCH_NANOS / GIGA;
        }

        @Override
        public double joinSeconds() {
            return 0;
        }

        @Override
        public double busBytesPerSecond() {
            return Double.POSITIVE_INFINITY;
        }
    }
}
