package io.hetegen.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.KvType;
import io.hetegen.engine.SequenceSnapshot;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.device.cuda.CudaDouble;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.kernel.HostKernels;
import io.hetegen.engine.linear.Accelerator;
import io.hetegen.engine.linear.GpuPlan;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelLoader;
import io.hetegen.engine.model.ModelShapeReader;
import io.hetegen.engine.model.RandomModelFile;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PlanRequest;
import io.hetegen.engine.plan.Planner;
import io.hetegen.engine.plan.RooflineCosts;
import io.hetegen.engine.plan.Strategy;
import io.hetegen.engine.profile.HardwareDescription;
import io.hetegen.engine.profile.HardwareDescription.Cpu;
import io.hetegen.engine.profile.HardwareDescription.Gpu;
import io.hetegen.engine.profile.HardwareDescription.Link;
import io.hetegen.engine.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * An engine whose plan has room for some sequences' caches on the GPU answers as the CPU alone, on the driver double: to
 * as many as were planned for and to more, while they end, others take their place and some are resumed.
 */
class GpuSequencesITCase {

    private static final int CHUNK = 32;

    /** A page of 64 positions is planned for each; the longest ones need two. */
    private static final int PLANNED = 24;

    private static final int[] PROMPTS = {9, 70, 3, 20, 1, 62, 33, 5};
    private static final int[] TOKENS = {4, 9, 14, 6, 12, 8, 5, 10};

    /** Passes after which a sequence is taken out and goes on from its snapshot. */
    private static final int MOVED_EVERY = 4;

    /** A GPU that is worth its joins for a tiny model. */
    private static final HardwareDescription SLOW_CPU = new HardwareDescription(
            "slow CPU", new Cpu(2, 0.1, 0.2, 1, 1, 2), new Link(0.1, 0.1, 0), new Gpu(1, 0.3, 100, 100, 100, 0), 0);

    private static HostKernels kernels;

    private final RandomModelFile file = RandomModelFile.of(DType.Q8_0, ToyTokenizer.SIZE, 12);

    @BeforeAll
    static void build() throws Exception {
        kernels = HostKernels.build();
    }

    @ParameterizedTest
    @CsvSource({
        "450000, 4, 4, random",
        "520000, 2, 6, ahead",
        "600000, 2, 6, random",
        "64000000, 1, 1, eager",
        "64000000, 4, 4, lazy",
        "64000000, 2, 6, ahead",
        "64000000, 1, 8, random",
    })
    void areAnsweredAsByTheCpu(long budget, int planned, int atOnce, String mode) {
        List<List<Object>> expected = answers(null, atOnce);
        PartitionPlan plan = plan(budget, planned);
        CudaDouble gpu = CudaDouble.start(kernels.library(), "mode=" + mode);

        assertThat(answers(plan, atOnce)).isEqualTo(expected);

        assertThat(gpu.trace()).anyMatch(traced -> traced.name().equals("attention_merge"));
        assertThat(gpu.count("peak")).isLessThanOrEqualTo(budget);
        assertThat(gpu.left()).isEmpty();
    }

    private PartitionPlan plan(long budget, int sequences) {
        ModelShape shape = ModelShapeReader.read(file, ModelConfigReader.read(file));
        return new Planner(shape, new RooflineCosts(SLOW_CPU, 2))
                .plan(new PlanRequest(Strategy.HETEGEN, budget, PLANNED, PLANNED, KvType.F16, sequences));
    }

    private List<List<Object>> answers(@Nullable PartitionPlan plan, int atOnce) {
        try (ThreadTeam team = new ThreadTeam(2)) {
            CausalLm lm = ModelLoader.load(file, ModelConfigReader.read(file), team, KvType.F16);
            try (BatchEngine engine = Engines.of(Engines.info(200), lm, ToyTokenizer.endless(), atOnce, CHUNK)) {
                Accelerator accelerator = plan == null ? null : accelerator(lm, plan, CHUNK + atOnce);
                List<Heard> heard = new ArrayList<>();
                for (int i = 0; i < PROMPTS.length; i++) {
                    heard.add(Engines.submit(engine, request(i)));
                }
                for (int step = 1; engine.step(); step++) {
                    if (step % MOVED_EVERY == 0) {
                        move(heard, step / MOVED_EVERY % heard.size(), engine);
                    }
                }
                assertThat(accelerator == null || !accelerator.isLost()).isTrue();
                return heard.stream().map(one -> Engines.essence(one.result())).toList();
            }
        }
    }

    private static Accelerator accelerator(CausalLm lm, PartitionPlan plan, int maxTokens) {
        return CudaDriver.open(0, plan.memory().totalBytes())
                .flatMap(device -> lm.accelerate(device, GpuPlan.of(plan, maxTokens)))
                .orElseThrow();
    }

    /** Its place is free for the next one, and it goes on behind those that wait. */
    private static void move(List<Heard> heard, int index, BatchEngine engine) {
        Heard moved = heard.get(index);
        if (!moved.end.isDone() && !moved.snapshots.isEmpty()) {
            byte[] snapshot = moved.snapshots.get(moved.snapshots.size() - 1);
            moved.cancel();
            heard.set(index, Engines.resume(engine, SequenceSnapshot.fromBytes(snapshot)));
        }
    }

    private static GenerationRequest request(int index) {
        return Engines.request(
                Engines.SAMPLINGS.get(index % Engines.SAMPLINGS.size()),
                TOKENS[index],
                List.of(),
                Engines.prompt(PROMPTS[index], ToyTokenizer.SIZE, index + 1));
    }
}
