package io.hetegen.engine.bench;

import java.util.Arrays;
import java.util.Locale;

/** The same figure from several runs. */
record Samples(double... values) {

    double mean() {
        return Arrays.stream(values).average().orElseThrow();
    }

    /** Standard deviation (n - 1); 0 for one run. */
    double deviation() {
        double mean = mean();
        double squares = Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum();
        return values.length == 1 ? 0 : Math.sqrt(squares / (values.length - 1));
    }

    double median() {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Mean and deviation. */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.1f ± %.1f", mean(), deviation());
    }
}
