package io.hetegen.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cuda.CudaDouble;
import io.hetegen.engine.linear.Profiling;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelShapeReader;
import io.hetegen.engine.model.RandomModelFile;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PlanRequest;
import io.hetegen.engine.plan.Planner;
import io.hetegen.engine.plan.ProfiledCosts;
import io.hetegen.engine.plan.Strategy;
import io.hetegen.engine.profile.HardwareDescription;
import io.hetegen.engine.profile.Measurement;
import io.hetegen.engine.profile.Profile;
import io.hetegen.engine.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Without a GPU. */
class ModelProfilerTest {

    private static final int THREADS = 2;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F32", "Q4_K"})
    void aProfileOfTheCpuAloneIsAProfile(DType dtype) throws IOException {
        RandomModelFile file = RandomModelFile.of(dtype, 83, 7);
        ModelShape shape = ModelShapeReader.read(file, ModelConfigReader.read(file));

        Profile profile = profile(file, 0, new ArrayList<>());

        assertThat(profile.model()).isEqualTo(shape.fingerprint());
        assertThat(profile.threads()).isEqualTo(THREADS);
        assertThat(profile.remarks()).containsExactly("Only the CPU was measured, as asked.");
        HardwareDescription.Cpu cpu = profile.hardware().cpu();
        assertThat(profile.hardware().gpu()).isNull();
        assertThat(cpu.busGBps()).isEqualTo(cpu.readGBps());
        assertThat(List.of(cpu.readGBps(), cpu.f32Gflops(), cpu.int8Gops())).allMatch(rate -> rate > 0.001);
        assertThat(profile.measurements()).allMatch(measurement -> measurement.gpu() == null);
        assertThat(shape.linears())
                .allMatch(linear -> tokens(profile, linear.shape())
                        .equals(linear.name().equals("output") ? Set.of(1) : Set.of(1, 9)));

        Path written = folder.resolve("profile.json");
        profile.write(written);
        assertThat(Profile.read(written)).isEqualTo(profile);
        PartitionPlan plan = new Planner(shape, new ProfiledCosts(profile))
                .plan(new PlanRequest(Strategy.HETEGEN, 0, 9, 4, KvType.F16));
        assertThat(plan.remarks()).containsExactly("The machine has no GPU.");
    }

    private static Set<Integer> tokens(Profile profile, Object shape) {
        return profile.measurements().stream()
                .filter(measurement -> measurement.shape().equals(shape))
                .map(Measurement::tokens)
                .collect(Collectors.toSet());
    }

    @Test
    void whyThereIsNoGpuIsSaid() {
        CudaDouble.start("devices=0");

        Profile profile = profile(RandomModelFile.of(DType.Q8_0, 83, 7), 1L << 30, new ArrayList<>());

        assertThat(profile.remarks())
                .containsExactly("Only the CPU was measured: GPU 0 is not available because the CUDA driver finds no"
                        + " device");
    }

    @Test
    void progressRisesToTheEnd() {
        List<Double> progress = new ArrayList<>();

        Profile profile = profile(RandomModelFile.of(DType.Q8_0, 83, 7), 0, progress);

        assertThat(profile.hardware().gpu()).isNull();
        assertThat(progress).isSorted().allMatch(done -> done > 0).endsWith(1.0);
    }

    private static Profile profile(RandomModelFile file, long gpuBytes, List<Double> progress) {
        return ModelProfiler.measure(
                file, THREADS, new Profiling(0.05, gpuBytes, List.of(9), System::nanoTime, progress::add));
    }
}
