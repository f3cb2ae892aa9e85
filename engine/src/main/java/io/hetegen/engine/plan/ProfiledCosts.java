package io.hetegen.engine.plan;

import io.hetegen.engine.profile.Curve;
import io.hetegen.engine.profile.LinearShape;
import io.hetegen.engine.profile.Measurement;
import io.hetegen.engine.profile.Profile;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Costs as measured. Between two measured batch sizes they lie on a straight line, beyond the largest they grow with
 * the tokens. What is not a linear is reckoned from the profile's totals. Each activity costs what it takes alone; where
 * CPU and copies meet, the simulation lets them share the measured bus, so that a plan that streams little or nothing is
 * not charged for it.
 */
public final class ProfiledCosts implements CostModel {

    private final RooflineCosts totals;
    private final Map<LinearShape, NavigableMap<Integer, Measurement>> measurements = new HashMap<>();

    public ProfiledCosts(Profile profile) {
        this.totals = new RooflineCosts(profile.hardware(), profile.threads());
        for (Measurement measurement : profile.measurements()) {
            measurements
                    .computeIfAbsent(measurement.shape(), shape -> new TreeMap<>())
                    .put(measurement.tokens(), measurement);
        }
    }

    /** A linear that was not measured. */
    public Optional<PlannedLinear> unknown(ModelShape model) {
        return model.linears().stream()
                .filter(linear -> !measurements.containsKey(linear.shape()))
                .findFirst();
    }

    @Override
    public double cpuSeconds(LinearShape shape, int tokens, int tiles) {
        return seconds(shape, tokens, tiles, Measurement::cpu);
    }

    @Override
    public double gpuSeconds(LinearShape shape, int tokens, int tiles) {
        return seconds(shape, tokens, tiles, Measurement::gpu);
    }

    @Override
    public double copySeconds(LinearShape shape, int tiles) {
        return seconds(shape, 1, tiles, Measurement::copy);
    }

    @Override
    public double busBytesPerSecond() {
        return totals.busBytesPerSecond();
    }

    @Override
    public String hardware() {
        return totals.hardware();
    }

    @Override
    public int threads() {
        return totals.threads();
    }

    @Override
    public int saturatingThreads() {
        return totals.saturatingThreads();
    }

    @Override
    public boolean hasGpu() {
        return totals.hasGpu();
    }

    @Override
    public long gpuMemoryBytes() {
        return totals.gpuMemoryBytes();
    }

    @Override
    public double cpuTouchSeconds(double bytes) {
        return totals.cpuTouchSeconds(bytes);
    }

    @Override
    public double gpuTouchSeconds(double bytes) {
        return totals.gpuTouchSeconds(bytes);
    }

    @Override
    public double cpuAttentionSeconds(double kvBytes, double flops) {
        return totals.cpuAttentionSeconds(kvBytes, flops);
    }

    @Override
    public double gpuAttentionSeconds(double kvBytes, double flops) {
        return totals.gpuAttentionSeconds(kvBytes, flops);
    }

    @Override
    public double uploadSeconds(double bytes) {
        return totals.uploadSeconds(bytes);
    }

    @Override
    public double downloadSeconds(double bytes) {
        return totals.downloadSeconds(bytes);
    }

    @Override
    public double latencySeconds() {
        return totals.latencySeconds();
    }

    @Override
    public double launchSeconds() {
        return totals.launchSeconds();
    }

    @Override
    public double joinSeconds() {
        return totals.joinSeconds();
    }

    private double seconds(LinearShape shape, int tokens, int tiles, Function<Measurement, @Nullable Curve> activity) {
        NavigableMap<Integer, Measurement> sizes = measurements.get(shape);
        if (sizes == null) {
            throw new IllegalStateException(shape + " was not measured");
        }
        Map.Entry<Integer, Measurement> below = sizes.floorEntry(tokens);
        Map.Entry<Integer, Measurement> above = sizes.ceilingEntry(tokens);
        if (above == null) {
            return at(below, tiles, activity) * tokens / below.getKey();
        }
        double upper = at(above, tiles, activity);
        if (below == null || below.getKey().equals(above.getKey())) {
            return upper;
        }
        double lower = at(below, tiles, activity);
        double share = (double) (tokens - below.getKey()) / (above.getKey() - below.getKey());
        return lower + share * (upper - lower);
    }

    private static double at(
            Map.Entry<Integer, Measurement> size, int tiles, Function<Measurement, @Nullable Curve> activity) {
        if (tiles == 0) {
            return 0;
        }
        Curve curve = activity.apply(size.getValue());
        if (curve == null) {
            throw new IllegalStateException("the machine has no GPU");
        }
        return curve.at(tiles);
    }
}
