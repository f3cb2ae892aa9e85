package io.hetegen.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hetegen.engine.SamplingParameters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplerTest {

    private static final int DRAWS = 40_000;

    @ParameterizedTest
    @CsvSource({
        "1.0,  0, 1.0,  0.0,  1.0, 0.0, 0.0",
        "0.5,  0, 1.0,  0.0,  1.0, 0.0, 0.0",
        "2.0,  6, 1.0,  0.0,  1.0, 0.0, 0.0",
        "1.0,  0, 0.8,  0.0,  1.0, 0.0, 0.0",
        "1.0,  0, 1.0,  0.1,  1.0, 0.0, 0.0",
        "1.3,  9, 0.9,  0.05, 1.0, 0.0, 0.0",
        "1.0,  0, 1.0,  0.0,  1.4, 0.0, 0.0",
        "1.0,  0, 1.0,  0.0,  1.0, 0.9, 0.4",
        "0.7, 12, 0.95, 0.02, 1.2, 0.5, -0.3"
    })
    void drawsByTheNaiveDistribution(
            double temperature,
            int topK,
            double topP,
            double minP,
            double repetition,
            double presence,
            double frequency) {
        SamplingParameters sampling =
                new SamplingParameters(temperature, topK, topP, minP, repetition, presence, frequency, 99);
        float[] logits = randomLogits(20, 4);
        List<Integer> prompt = List.of(1, 2, 3);
        List<Integer> answer = List.of(3, 7, 7, 7, 15);
        double[] expected = naive(logits, sampling, prompt, answer);
        int[] observed = new int[logits.length];
        Sampler sampler = new Sampler(logits.length);
        for (int position = 0; position < DRAWS; position++) {
            observed[sampler.sample(logits, sampling, history(prompt, answer), position)]++;
        }
        double chiSquare = 0;
        int cells = 0;
        for (int id = 0; id < logits.length; id++) {
            if (expected[id] == 0) {
                assertThat(observed[id]).as("id %s", id).isZero();
            } else {
                chiSquare += Math.pow(observed[id] - expected[id] * DRAWS, 2) / (expected[id] * DRAWS);
                cells++;
            }
        }
        // Mean plus four standard deviations of the chi-square distribution; the draws are always the same.
        int freedom = cells - 1;
        assertThat(chiSquare).isLessThan(freedom + 4 * Math.sqrt(2.0 * freedom));
    }

    /** As the definitions say it: everything sorted, normalized after each filter, the library's exp. */
    private static double[] naive(
            float[] logits, SamplingParameters sampling, List<Integer> prompt, List<Integer> answer) {
        double[] x = new double[logits.length];
        Set<Integer> seen = new HashSet<>(prompt);
        seen.addAll(answer);
        Map<Integer, Integer> counts = new HashMap<>();
        answer.forEach(id -> counts.merge(id, 1, Integer::sum));
        for (int id = 0; id < x.length; id++) {
            x[id] = logits[id];
            if (seen.contains(id)) {
                x[id] = x[id] > 0 ? x[id] / sampling.repetitionPenalty() : x[id] * sampling.repetitionPenalty();
            }
            if (counts.containsKey(id)) {
                x[id] -= sampling.presencePenalty() + sampling.frequencyPenalty() * counts.get(id);
            }
            x[id] /= sampling.temperature();
        }
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, x.length).boxed().toList());
        order.sort(Comparator.<Integer>comparingDouble(id -> -x[id]).thenComparingInt(id -> id));
        if (sampling.topK() > 0) {
            order = order.subList(0, Math.min(sampling.topK(), order.size()));
        }
        double[] p = softmax(x, order);
        int kept = 0;
        double reached = 0;
        while (kept < order.size() && reached < sampling.topP()) {
            reached += p[order.get(kept++)];
        }
        order = order.subList(0, kept);
        p = softmax(x, order);
        double least = sampling.minP() * p[order.get(0)];
        double[] q = p;
        return softmax(x, order.stream().filter(id -> q[id] >= least).toList());
    }

    private static double[] softmax(double[] x, List<Integer> ids) {
        double[] p = new double[x.length];
        double max = ids.stream().mapToDouble(id -> x[id]).max().orElseThrow();
        double sum = ids.stream().mapToDouble(id -> StrictMath.exp(x[id] - max)).sum();
        ids.forEach(id -> p[id] = StrictMath.exp(x[id] - max) / sum);
        return p;
    }

    @Test
    void greedyTakesTheLowestIdAmongEquals() {
        float[] logits = {1, 5, 3, 5, Float.NEGATIVE_INFINITY};
        assertThat(sample(logits, SamplingParameters.GREEDY, 0)).isEqualTo(1);
        assertThat(sample(new float[] {0, 0, 0}, SamplingParameters.GREEDY, 0)).isZero();
    }

    @Test
    void penaltiesAlsoMoveTheGreedyChoice() {
        float[] logits = {-1, 4.0f, 3.9f, -0.5f};
        TokenHistory prompt = history(List.of(1), List.of());
        TokenHistory answer = history(List.of(), List.of(1, 1));
        SamplingParameters repetition = new SamplingParameters(0, 0, 1, 0, 1.1, 0, 0, 0);
        SamplingParameters presence = new SamplingParameters(0, 0, 1, 0, 1, 0.2, 0, 0);
        SamplingParameters frequency = new SamplingParameters(0, 0, 1, 0, 1, 0, 0.06, 0);
        Sampler sampler = new Sampler(4);
        assertThat(sampler.sample(logits, repetition, prompt, 1)).isEqualTo(2);
        assertThat(sampler.sample(logits, presence, prompt, 1)).isEqualTo(1);
        assertThat(sampler.sample(logits, presence, answer, 1)).isEqualTo(2);
        assertThat(sampler.sample(logits, frequency, answer, 1)).isEqualTo(2);
        assertThat(sampler.sample(logits, frequency, history(List.of(1, 1), List.of(1)), 1))
                .isEqualTo(1);
        // A negative logit is multiplied, so that the penalty never favours.
        SamplingParameters harsh = new SamplingParameters(0, 0, 1, 0, 4, 0, 0, 0);
        assertThat(new Sampler(2).sample(new float[] {-1, -0.5f}, harsh, prompt, 1))
                .isZero();
    }

    @Test
    void filtersAtTheirStrictestLeaveTheMostLikely() {
        float[] logits = randomLogits(200, 1);
        int best = sample(logits, SamplingParameters.GREEDY, 0);
        for (SamplingParameters strict : List.of(
                new SamplingParameters(5, 1, 1, 0, 1, 0, 0, 3),
                new SamplingParameters(5, 0, 1e-300, 0, 1, 0, 0, 3),
                new SamplingParameters(5, 0, 1, 1, 1, 0, 0, 3),
                new SamplingParameters(5, 7, 1e-300, 0, 1, 0, 0, 3),
                new SamplingParameters(Double.MIN_VALUE, 0, 1, 0, 1, 0, 0, 3))) {
            for (int position = 0; position < 50; position++) {
                assertThat(sample(logits, strict, position)).isEqualTo(best);
            }
        }
    }

    @Test
    void equalLogitsAreCutAtTheLowerIdsAndDrawnEvenly() {
        float[] logits = new float[8];
        assertThat(drawn(logits, new SamplingParameters(1, 3, 1, 0, 1, 0, 0, 3)))
                .containsOnlyKeys(0, 1, 2);
        assertThat(drawn(logits, new SamplingParameters(1, 0, 0.5, 0, 1, 0, 0, 3)))
                .containsOnlyKeys(0, 1, 2, 3);
        assertThat(drawn(logits, new SamplingParameters(1, 4, 0.5, 0, 1, 0, 0, 3)))
                .containsOnlyKeys(0, 1);
        assertThat(drawn(logits, new SamplingParameters(1, 0, 1, 1, 1, 0, 0, 3)))
                .hasSize(8)
                .allSatisfy((id, count) -> assertThat(count).isBetween(150, 350));
        assertThat(drawn(logits, new SamplingParameters(1, 800, 1, 0, 1, 0, 0, 3)))
                .hasSize(8);
    }

    @Test
    void whatIsImpossibleIsNeverDrawn() {
        float[] logits = new float[40];
        Arrays.fill(logits, Float.NEGATIVE_INFINITY);
        logits[17] = 3;
        logits[30] = 3;
        for (SamplingParameters sampling : List.of(
                new SamplingParameters(1, 0, 1, 0, 1, 0, 0, 3),
                new SamplingParameters(100, 5, 1, 0, 1, 0, 0, 3),
                new SamplingParameters(1, 0, 0.999, 0, 1, 0, 0, 3),
                new SamplingParameters(1, 0, 1, 1e-9, 1, 0, 0, 3))) {
            assertThat(drawn(logits, sampling)).containsOnlyKeys(17, 30);
        }
    }

    @Test
    void topTokensComeInTheOrderOfAStableSort() {
        Random random = new Random(3);
        for (int size : new int[] {1, 2, 3, 17, 64, 999}) {
            double[] logits =
                    random.doubles(size).map(x -> Math.floor(x * size / 2)).toArray();
            TopTokens top = new TopTokens(logits, size);
            List<Integer> order = new ArrayList<>();
            while (!top.isEmpty()) {
                order.add(top.next());
            }
            assertThat(order)
                    .isEqualTo(IntStream.range(0, size)
                            .boxed()
                            .sorted(Comparator.comparingDouble(id -> -logits[id]))
                            .toList());
        }
    }

    @Test
    void theWrittenExponentialIsCloseToTheTrueOne() {
        assertThat(Exponential.of(0.0)).isEqualTo(1.0);
        assertThat(Exponential.of(Math.nextDown(Exponential.LEAST))).isZero();
        assertThat(Exponential.of(Double.NEGATIVE_INFINITY)).isZero();
        Random random = new Random(1);
        for (int i = 0; i < 200_000; i++) {
            double x = Exponential.LEAST * Math.pow(random.nextDouble(), 4);
            double exact = StrictMath.exp(x);
            assertThat(Math.abs(Exponential.of(x) - exact)).as("exp(%s)", x).isLessThanOrEqualTo(2 * Math.ulp(exact));
        }
        // Bits, computed from the definition in docs/sampling.md with Python's floats.
        assertThat(Double.toHexString(Exponential.of(-0.1))).isEqualTo("0x1.cf46d99d52b3ap-1");
        assertThat(Double.toHexString(Exponential.of(-1.0))).isEqualTo("0x1.78b56362cef38p-2");
        assertThat(Double.toHexString(Exponential.of(-700.25))).isEqualTo("0x1.af5fe9a485c8ep-1011");
    }

    @Test
    void randomNumbersDependOnSeedAndPositionOnly() {
        // Computed from the definition in docs/sampling.md with Python's integers.
        assertThat(CounterRandom.uniform(0, 0)).isEqualTo(0x1.c4415072f63b9p-1);
        assertThat(CounterRandom.uniform(42, 7)).isEqualTo(0x1.392025051c93p-3);
        assertThat(CounterRandom.uniform(-1, 100_000)).isEqualTo(0x1.9699b7bf039b7p-1);
        double sum = 0;
        Set<Double> all = new HashSet<>();
        for (long seed = 0; seed < 100; seed++) {
            for (int position = 0; position < 100; position++) {
                double uniform = CounterRandom.uniform(seed, position);
                assertThat(uniform).isBetween(0.0, Math.nextDown(1.0));
                sum += uniform;
                all.add(uniform);
            }
        }
        assertThat(all).hasSize(10_000);
        assertThat(sum / 10_000).isCloseTo(0.5, within(0.015));
    }

    private static Map<Integer, Integer> drawn(float[] logits, SamplingParameters sampling) {
        Map<Integer, Integer> counts = new HashMap<>();
        for (int position = 0; position < 2_000; position++) {
            counts.merge(sample(logits, sampling, position), 1, Integer::sum);
        }
        return counts;
    }

    private static int sample(float[] logits, SamplingParameters sampling, int position) {
        return new Sampler(logits.length).sample(logits, sampling, new TokenHistory(), position);
    }

    private static TokenHistory history(List<Integer> prompt, List<Integer> answer) {
        TokenHistory history = new TokenHistory();
        prompt.forEach(history::addPrompt);
        answer.forEach(history::addAnswer);
        return history;
    }

    private static float[] randomLogits(int size, int seed) {
        Random random = new Random(seed);
        float[] logits = new float[size];
        for (int id = 0; id < size; id++) {
            logits[id] = (float) random.nextGaussian() * 2;
        }
        return logits;
    }
}
