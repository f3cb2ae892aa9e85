package io.hetegen.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.KvType;
import io.hetegen.engine.Numerics;
import io.hetegen.engine.SamplingParameters;
import io.hetegen.engine.SequenceSnapshot;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.device.cuda.CudaDouble;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.kernel.HostKernels;
import io.hetegen.engine.linear.GpuPlan;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelLoader;
import io.hetegen.engine.model.RandomModelFile;
import io.hetegen.engine.model.RandomSplits;
import io.hetegen.engine.model.RandomSplits.Resident;
import io.hetegen.engine.plan.SplitRatio;
import io.hetegen.engine.tensor.DType;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every answer says by which numerics it was made, on the doubles of driver and cuBLAS. */
class FastAnswersITCase {

    private static final int MAX_TOKENS = 4;
    private static final int CHUNK = 16;

    private final ThreadTeam team = new ThreadTeam(2);
    private final RandomModelFile file = RandomModelFile.of(DType.F16, ToyTokenizer.SIZE, 31);

    private HostKernels kernels;

    @BeforeEach
    void build() throws Exception {
        kernels = HostKernels.build();
    }

    @AfterEach
    void close() {
        team.close();
    }

    private BatchEngine open(Numerics numerics) {
        CudaDouble.start(kernels.library(), "mode=lazy");
        RandomSplits splits = new RandomSplits(file, Resident.ALL, 3);
        List<SplitRatio> ratios = splits.even(0.6);
        GpuPlan plan = splits.plan(ratios, splits.ringOf(4), CHUNK + 2, tokens -> ratios)
                .withNumerics(numerics);
        CausalLm lm = ModelLoader.load(file, ModelConfigReader.read(file), team, KvType.F16);
        assertThat(CudaDriver.open(0, 64 << 20).flatMap(device -> lm.accelerate(device, plan)))
                .isPresent();
        return Engines.of(Engines.info(200), lm, ToyTokenizer.endless(), 2, CHUNK);
    }

    private static GenerationRequest request(int promptLength) {
        return Engines.request(
                SamplingParameters.GREEDY,
                MAX_TOKENS,
                List.of(),
                Engines.prompt(promptLength, ToyTokenizer.SIZE, promptLength));
    }

    @Test
    void onlyWhatHadAFastProductIsFast() {
        try (BatchEngine engine = open(Numerics.FAST)) {
            assertThat(Engines.alone(engine, request(5)).result().numerics()).isEqualTo(Numerics.REPRODUCIBLE);
            assertThat(Engines.alone(engine, request(CHUNK)).result().numerics())
                    .isEqualTo(Numerics.FAST);
            Heard early = Engines.submit(engine, request(5));
            engine.step();
            Heard late = Engines.submit(engine, request(12));
            Engines.drain(engine);
            assertThat(late.result().numerics()).isEqualTo(Numerics.FAST);
            assertThat(early.result().numerics())
                    .as("a token shared the pass of another's prompt")
                    .isEqualTo(Numerics.FAST);
        }
        try (BatchEngine engine = open(Numerics.REPRODUCIBLE)) {
            assertThat(Engines.alone(engine, request(CHUNK)).result().numerics())
                    .isEqualTo(Numerics.REPRODUCIBLE);
        }
    }

    /** What a fast engine began stays fast, and what a reproducible one began becomes it. */
    @Test
    void snapshotsRemember() {
        for (Numerics first : Numerics.values()) {
            byte[] snapshot;
            try (BatchEngine engine = open(first)) {
                snapshot = Engines.alone(engine, request(CHUNK)).snapshots.get(1);
            }
            assertThat(SequenceSnapshot.fromBytes(snapshot).numerics()).isEqualTo(first);
            for (Numerics second : Numerics.values()) {
                try (BatchEngine engine = open(second)) {
                    Heard resumed = Engines.resume(engine, SequenceSnapshot.fromBytes(snapshot));
                    Engines.drain(engine);
                    assertThat(resumed.result().numerics())
                            .isEqualTo(
                                    first == Numerics.FAST || second == Numerics.FAST
                                            ? Numerics.FAST
                                            : Numerics.REPRODUCIBLE);
                    assertThat(resumed.result().ids().subList(0, 2))
                            .isEqualTo(SequenceSnapshot.fromBytes(snapshot).generatedIds());
                }
            }
        }
    }
}
