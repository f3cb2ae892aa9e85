package io.hetegen.engine.linear;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.plan.SplitRatio;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On a machine of which a token takes as long as the slower of CPU and link, plus what is neither's. */
class RatioTunerTest {

    private static final int TILES = 400;
    private static final int LINEARS = 10;
    private static final int SETTLED = 4_000;
    private static final Percentage NEAR = Percentage.withPercentage(4);

    private double cpuNanosPerTile = 1_000;
    private double linkNanosPerTile = 2_000;
    private double noise;
    private final SplittableRandom random = new SplittableRandom(5);

    @ParameterizedTest
    @ValueSource(ints = {0, 40, 133, 250, 400})
    void findsTheBalanceFromAnywhere(int streamed) {
        RatioTuner tuner = new RatioTuner(planned(streamed));
        assertThat(after(tuner, SETTLED)).isCloseTo(best(), NEAR);
    }

    @Test
    void followsAMachineThatChanges() {
        RatioTuner tuner = new RatioTuner(planned(133));
        assertThat(after(tuner, SETTLED)).isCloseTo(best(), NEAR);
        linkNanosPerTile = 8_000;
        assertThat(after(tuner, SETTLED)).isCloseTo(best(), NEAR);
        cpuNanosPerTile = 5_000;
        linkNanosPerTile = 1_500;
        assertThat(after(tuner, SETTLED)).isCloseTo(best(), NEAR);
    }

    @Test
    void noiseDoesNotLeadItAway() {
        noise = 0.05;
        RatioTuner tuner = new RatioTuner(planned(133));
        double sum = 0;
        for (int i = 0; i < 20; i++) {
            sum += after(tuner, SETTLED / 4);
        }
        assertThat(sum / 20).isCloseTo(best(), NEAR);
    }

    @Test
    void prefillStaysAsPlanned() {
        PassRatios planned = planned(133);
        RatioTuner tuner = new RatioTuner(planned);
        after(tuner, 500);
        assertThat(tuner.of(128)).isSameAs(planned.of(128));
    }

    @Test
    void theListStaysTheSameBetweenDecisions() {
        RatioTuner tuner = new RatioTuner(planned(133));
        List<SplitRatio> first = tuner.of(1);
        for (int pass = 1; pass < RatioTuner.WINDOW; pass++) {
            tuner.passed(1, 100, 0);
            assertThat(tuner.of(1)).isSameAs(first);
        }
    }

    /** What a token takes without noise after so many. */
    private double after(RatioTuner tuner, int passes) {
        for (int i = 0; i < passes; i++) {
            double cpu = cpuTiles(tuner) * cpuNanosPerTile;
            double link = (TILES * LINEARS - cpuTiles(tuner)) * linkNanosPerTile;
            double disturbed = Math.max(cpu, link) * (1 + noise * (random.nextDouble() - 0.5) * 2);
            tuner.passed(1, (long) disturbed, (long) Math.max(0, link - cpu));
        }
        // Not what is being tried just now.
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < 2 * RatioTuner.WINDOW; i++) {
            double time = time(tuner);
            least = Math.min(least, time);
            tuner.passed(1, (long) time, (long) Math.max(0, time - cpuTiles(tuner) * cpuNanosPerTile));
        }
        return least;
    }

    private double time(RatioTuner tuner) {
        return Math.max(cpuTiles(tuner) * cpuNanosPerTile, (TILES * LINEARS - cpuTiles(tuner)) * linkNanosPerTile);
    }

    private static int cpuTiles(RatioTuner tuner) {
        return tuner.of(1).stream().mapToInt(SplitRatio::cpuTiles).sum();
    }

    private double best() {
        return TILES * LINEARS / (1 / cpuNanosPerTile + 1 / linkNanosPerTile);
    }

    private static PassRatios planned(int streamed) {
        List<SplitRatio> decode = Collections.nCopies(LINEARS, new SplitRatio(0, streamed, TILES - streamed));
        List<SplitRatio> prefill = Collections.nCopies(LINEARS, new SplitRatio(0, 100, TILES - 100));
        return tokens -> tokens == 1 ? decode : prefill;
    }
}
