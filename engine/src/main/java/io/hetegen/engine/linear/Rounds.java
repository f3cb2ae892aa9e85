package io.hetegen.engine.linear;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes samples of many probes in turn: a machine that changes its speed changes it for all, and before a matrix is read
 * again all others are, so that no cache holds it that would not in a forward pass.
 */
final class Rounds {

    private static final int LEAST = 3;
    private static final int MOST = 31;

    private final List<Probe> probes;
    private final Profiling how;
    private final double share;

    Rounds(List<Probe> probes, Profiling how) {
        this.probes = probes;
        this.how = how;
        this.share = how.seconds() / probes.size();
    }

    /** Each probe gets its share of the time, but no fewer samples than a median needs. */
    void run() {
        List<Probe> open = new ArrayList<>(probes);
        while (!open.isEmpty()) {
            for (Probe probe : open) {
                probe.sample(how.clock());
                how.progress().accept(done());
            }
            open.removeIf(probe -> done(probe) >= 1);
        }
    }

    private double done() {
        return probes.stream().mapToDouble(this::done).average().orElse(1);
    }

    private double done(Probe probe) {
        double most = (double) probe.count() / MOST;
        double least = (double) probe.count() / LEAST;
        return Math.min(1, Math.max(most, Math.min(least, probe.spentSeconds() / share)));
    }
}
