package io.hetegen.engine.linear;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/** One thing that is measured several times; what counts is the median. */
final class Probe {

    private static final double NANOS = 1e9;

    private final DoubleSupplier measure;
    private final List<Double> samples = new ArrayList<>();
    private double spent;

    /** @param measure returns seconds */
    Probe(DoubleSupplier measure) {
        this.measure = measure;
    }

    void sample(LongSupplier clock) {
        long start = clock.getAsLong();
        samples.add(measure.getAsDouble());
        spent += (clock.getAsLong() - start) / NANOS;
    }

    int count() {
        return samples.size();
    }

    /** What all samples took with their preparation. */
    double spentSeconds() {
        return spent;
    }

    /** Of two in the middle the shorter one: noise only ever adds. */
    double seconds() {
        return samples.stream()
                .sorted()
                .skip((samples.size() - 1) / 2)
                .findFirst()
                .orElseThrow();
    }

    /** The median of so many samples at once. */
    static double median(int count, DoubleSupplier measure) {
        Probe probe = new Probe(measure);
        for (int i = 0; i < count; i++) {
            probe.sample(() -> 0);
        }
        return probe.seconds();
    }
}
