package io.hetegen.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SimulationTest {

    private static final double NO_LIMIT = Double.POSITIVE_INFINITY;

    @Test
    void cpuAndGpuOfAStageRunTogetherAndStagesInTurn() {
        Stage both = new Stage("both", 3, 0, 2, 0, 0, 0, 0, 0.5);
        Stage gpu = Stage.onGpu("gpu", 4, 0);

        Simulation.Result result = Simulation.run(List.of(List.of(both, gpu)), 0, NO_LIMIT);

        assertThat(result.seconds()).isCloseTo(7.5, within(1e-12));
        assertThat(result.busySeconds(Lane.CPU)).isCloseTo(3, within(1e-12));
        assertThat(result.busySeconds(Lane.GPU)).isCloseTo(6, within(1e-12));
    }

    @Test
    void aStreamedPartIsCopiedThenMultiplied() {
        Stage stage = new Stage("split", 3, 0, 0, 1, 100, 2, 0.25, 0);

        assertThat(Simulation.run(List.of(List.of(stage)), 100, NO_LIMIT).seconds())
                .isCloseTo(3, within(1e-12));
        Stage slow = new Stage("split", 1, 0, 0, 1, 100, 2, 0.25, 0);
        assertThat(Simulation.run(List.of(List.of(slow)), 100, NO_LIMIT).seconds())
                .isCloseTo(2.25, within(1e-12));
    }

    @Test
    void copiesRunAheadOfTheStageThatNeedsThem() {
        Stage cpu = Stage.onCpu("attention", 5, 0);
        Stage split = new Stage("split", 1, 0, 0, 2, 100, 2.5, 0.1, 0);

        // Both slices are there when the stage starts; with room for one, the second waits for the first to be used.
        assertThat(Simulation.run(List.of(List.of(cpu, split)), 200, NO_LIMIT).seconds())
                .isCloseTo(6, within(1e-12));
        assertThat(Simulation.run(List.of(List.of(cpu, split)), 100, NO_LIMIT).seconds())
                .isCloseTo(5 + 0.1 + 2.5 + 0.1, within(1e-12));
    }

    @Test
    void theyRunAheadAcrossTokensToo() {
        Stage cpu = Stage.onCpu("attention", 1, 0);
        Stage split = new Stage("split", 1, 0, 0, 1, 100, 2, 0, 0);

        double[] ends = Simulation.run(Simulation.repeated(List.of(cpu, split), 5), 200, NO_LIMIT)
                .ends();

        assertThat(ends[4] - ends[3]).isCloseTo(2, within(1e-9));
    }

    @Test
    void coresAndCopiesShareTheBus() {
        // Each would take a second alone and read 100 bytes: a bus of 100 bytes/s makes it two seconds for both.
        Stage stage = new Stage("split", 1, 100, 0, 1, 100, 1, 0, 0);

        assertThat(Simulation.run(List.of(List.of(stage)), 100, 100).seconds()).isCloseTo(2, within(1e-12));
        assertThat(Simulation.run(List.of(List.of(stage)), 100, 200).seconds()).isCloseTo(1, within(1e-12));
        assertThat(Simulation.run(List.of(List.of(stage)), 100, 150).seconds()).isCloseTo(4 / 3.0, within(1e-12));
    }

    @Test
    void refusesASliceThatCannotFitTheRing() {
        Stage stage = new Stage("split", 1, 0, 0, 1, 101, 2, 0, 0);

        assertThatThrownBy(() -> Simulation.run(List.of(List.of(stage)), 100, NO_LIMIT))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void neverHoldsMoreThanTheRingAndNeverIdlesWithoutReason(int seed) {
        Random random = new Random(seed);
        double ring = 1 + random.nextInt(400);
        List<Stage> pass = new ArrayList<>();
        double cpu = 0;
        double copy = 0;
        double joins = 0;
        double gpu = 0;
        for (int i = 0; i < 50; i++) {
            int slices = random.nextInt(4);
            Stage stage = new Stage(
                    "s" + i,
                    random.nextDouble(),
                    random.nextInt(100),
                    random.nextBoolean() ? random.nextDouble() : 0,
                    slices,
                    slices == 0 ? 0 : ring * (0.1 + 0.9 * random.nextDouble()),
                    slices == 0 ? 0 : random.nextDouble(),
                    slices == 0 ? 0 : random.nextDouble() / 10,
                    random.nextDouble() / 50);
            pass.add(stage);
            cpu += stage.cpuSeconds();
            copy += slices * stage.sliceCopySeconds();
            gpu += stage.gpuSeconds() + slices * stage.sliceGpuSeconds();
            joins += stage.joinSeconds();
        }
        List<Span> spans = new ArrayList<>();

        Simulation.Result result = Simulation.run(Simulation.repeated(pass, 3), ring, 150, spans::add);

        assertThat(result.ringPeak()).isLessThanOrEqualTo(ring * (1 + 1e-9));
        assertThat(result.seconds())
                .isGreaterThanOrEqualTo(3 * (cpu + joins) - 1e-9)
                .isGreaterThanOrEqualTo(3 * copy - 1e-9);
        assertThat(result.busySeconds(Lane.GPU)).isCloseTo(3 * gpu, within(1e-9));
        for (Lane lane : Lane.values()) {
            double end = 0;
            for (Span span : spans) {
                if (span.lane() == lane) {
                    assertThat(span.from()).as("one piece of work at a time").isGreaterThanOrEqualTo(end - 1e-9);
                    end = span.to();
                }
            }
        }
    }
}
