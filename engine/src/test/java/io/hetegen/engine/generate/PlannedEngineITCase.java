package io.hetegen.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.Engine;
import io.hetegen.engine.EngineOptions;
import io.hetegen.engine.GpuOptions;
import io.hetegen.engine.KvType;
import io.hetegen.engine.ModelException;
import io.hetegen.engine.Numerics;
import io.hetegen.engine.Warnings;
import io.hetegen.engine.device.cuda.CudaDouble;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.kernel.HostKernels;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelShapeReader;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PlanRequest;
import io.hetegen.engine.plan.Planner;
import io.hetegen.engine.plan.RooflineCosts;
import io.hetegen.engine.plan.Strategy;
import io.hetegen.engine.profile.HardwareDescription;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An engine that is opened with a plan answers as one without, on the driver double. */
class PlannedEngineITCase {

    private static final Path MODEL = Path.of(System.getProperty("hetegen.demo.model"));
    private static final EngineOptions OPTIONS = EngineOptions.of(MODEL).withPrefillChunk(24);
    private static final int BUDGET = 2_000_000;
    private static final int MAX_TOKENS = 12;

    private HostKernels kernels;

    @BeforeEach
    void build() throws Exception {
        kernels = HostKernels.build();
    }

    @Test
    void theAnswersAreThoseOfTheCpu() throws IOException {
        PartitionPlan plan = plan(MODEL, BUDGET);
        CudaDouble gpu = CudaDouble.start(kernels.library(), "mode=random seed=5");
        List<List<Object>> expected = answers(OPTIONS, BUDGET);
        assertThat(gpu.count("launches")).isZero();

        List<List<Object>> answers = answers(OPTIONS.withGpu(GpuOptions.of(plan)), BUDGET);

        assertThat(answers).isEqualTo(expected);
        assertThat(gpu.count("launches")).isPositive();
        assertThat(gpu.count("peak")).isLessThanOrEqualTo(BUDGET);
        assertThat(gpu.left()).isEmpty();
    }

    /** The model's weights are quantized. */
    @Test
    void fastNumericsOfQuantizedWeightsAreReproducible() throws IOException {
        PartitionPlan plan = plan(MODEL, BUDGET);
        CudaDouble gpu = CudaDouble.start(kernels.library(), "mode=lazy");
        List<List<Object>> expected = answers(OPTIONS, BUDGET);
        try (Warnings warnings = new Warnings()) {
            assertThat(answers(OPTIONS.withGpu(GpuOptions.of(plan)).withNumerics(Numerics.FAST), BUDGET))
                    .isEqualTo(expected);
            assertThat(warnings.lines())
                    .containsExactly("numerics fast has nothing to do, answers are the reproducible ones: "
                            + "the model has no float weights");
        }
        assertThat(gpu.count("launches")).isPositive();
        assertThat(gpu.left()).isEmpty();
    }

    @Test
    void theBudgetMayChangeInTheMiddle() throws IOException {
        List<List<Object>> expected = answers(OPTIONS, BUDGET);
        PartitionPlan plan = plan(MODEL, BUDGET);
        for (long budget : new long[] {BUDGET / 2, 10, 2 * BUDGET}) {
            CudaDouble gpu = CudaDouble.start(kernels.library(), "mode=lazy");
            assertThat(answers(OPTIONS.withGpu(GpuOptions.of(plan)), budget)).isEqualTo(expected);
            assertThat(gpu.left()).isEmpty();
        }
    }

    @Test
    void aPlanForAnotherModelIsRefused() throws IOException {
        PartitionPlan plan = plan(MODEL, BUDGET);
        PartitionPlan other = new PartitionPlan(
                "other",
                "f00d",
                plan.hardware(),
                plan.threads(),
                plan.request(),
                plan.host(),
                plan.memory(),
                plan.kvOnGpu(),
                plan.linears(),
                plan.decode(),
                plan.prefill(),
                plan.remarks());
        EngineOptions options = OPTIONS.withGpu(GpuOptions.of(other));
        assertThatThrownBy(() -> Engine.open(options))
                .isInstanceOf(ModelException.class)
                .hasMessage(MODEL + ": the plan is for a model of other sizes, other; make one for this model with "
                        + "hetegen plan");
    }

    /** The budget changes after the first few tokens. */
    private static List<List<Object>> answers(EngineOptions options, long budget) {
        try (Engine engine = Engine.open(options)) {
            List<Heard> heard = Engines.mixed(engine.model().vocabularySize(), MAX_TOKENS).stream()
                    .map(request -> Engines.submit(engine, request))
                    .toList();
            for (int step = 0; step < MAX_TOKENS / 2; step++) {
                engine.step();
            }
            engine.setGpuBudget(budget);
            Engines.drain(engine);
            return heard.stream()
                    .map(answer -> Engines.essence(answer.result()))
                    .toList();
        }
    }

    private static PartitionPlan plan(Path model, long budget) throws IOException {
        HardwareDescription hardware = HardwareDescription.read(Path.of("../docs/hardware/a10.json"));
        try (ModelFile file = ModelFiles.open(model)) {
            ModelShape shape = ModelShapeReader.read(file, ModelConfigReader.read(file));
            PlanRequest request = new PlanRequest(Strategy.HETEGEN, budget, 24, 24, KvType.F16);
            return new Planner(shape, new RooflineCosts(hardware, 2)).plan(request);
        }
    }
}
