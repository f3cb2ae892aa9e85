package io.hetegen.engine.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.tensor.DType;
import java.util.Collection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Each benchmark sets itself up, finds the reference's bits and runs, on small sizes; how fast is not asked. */
class BenchmarksStartTest {

    @ParameterizedTest
    @EnumSource
    void matricesOfEveryType(DType type) throws RunnerException {
        for (Class<?> benchmark : new Class<?>[] {GemvBenchmark.class, GemmBenchmark.class}) {
            Collection<RunResult> results = run(options(benchmark)
                    .param("type", type.name())
                    .param("shape", "tiny")
                    .param("tokens", benchmark == GemvBenchmark.class ? "1" : "9"));
            assertThat(results).hasSize(1);
            results.forEach(result -> assertThat(result.getSecondaryResults()).hasSize(1));
        }
    }

    @Test
    void attention() throws RunnerException {
        assertThat(run(options(AttentionBenchmark.class).param("context", "65").param("tokens", "1", "2")))
                .hasSize(2);
    }

    @Test
    void elementwise() throws RunnerException {
        assertThat(run(options(ElementwiseBenchmark.class).param("size", "96"))).hasSize(3);
    }

    @Test
    void threadTeam() throws RunnerException {
        assertThat(run(options(ThreadTeamBenchmark.class).param("threads", "1", "2")))
                .hasSize(2);
    }

    @Test
    void otherBitsAreNoticed() {
        float[] expected = {1, 0, 3};
        SameBits.check("a sum", expected.clone(), expected);
        assertThatThrownBy(() -> SameBits.check("a sum", new float[] {1, -0f, 3}, expected))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a sum: element 1 must be 0.0 as the reference kernels have it, is -0.0");
    }

    /** In this process, once, for a moment. */
    private static ChainedOptionsBuilder options(Class<?> benchmark) {
        return new OptionsBuilder()
                .include("\\." + benchmark.getSimpleName() + "\\.")
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(1))
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true);
    }

    private static Collection<RunResult> run(ChainedOptionsBuilder options) throws RunnerException {
        return new Runner(options.build()).run();
    }
}
