package io.hetegen.engine.linear;

import io.hetegen.engine.profile.Curve;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** A curve that is being measured. */
record ProbeCurve(int[] tiles, List<Probe> probes) {

    /** Sixteenths of all tiles. */
    private static final int[] POINTS = {1, 2, 4, 8, 12, 16};

    /** @param measure seconds of so many tiles */
    static ProbeCurve of(int mostTiles, IntToDoubleFunction measure) {
        int[] tiles = IntStream.of(POINTS)
                .map(sixteenths -> (int) Math.max(1, Math.round((double) mostTiles * sixteenths / 16)))
                .distinct()
                .toArray();
        List<Probe> probes = IntStream.of(tiles)
                .mapToObj(count -> new Probe(() -> measure.applyAsDouble(count)))
                .toList();
        return new ProbeCurve(tiles, probes);
    }

    /** Of so many tiles, which are a point of the curve, as far as was measured by now. */
    double seconds(int count) {
        return probes.get(Arrays.binarySearch(tiles, count)).seconds();
    }

    Curve curve() {
        return new Curve(tiles, probes.stream().mapToDouble(Probe::seconds).toArray());
    }
}
