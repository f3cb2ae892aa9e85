package io.hetegen.engine.plan;

import io.hetegen.engine.profile.LinearShape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;

/**
 * Finds the splits of one phase for a given placement: which share of the tiles that are not resident is streamed, so
 * that a simulated pass takes the least time. That is where CPU and copies are balanced over the pass as a whole.
 */
final class PhaseSearch {

    /** The first passes are not counted: the ring fills. */
    private static final int DECODE_PASSES = 3;

    private static final int COUNTED_PASSES = 1;
    private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;
    private static final int STEPS = 14;
    private static final double FULL = 0.98;
    private static final double[] SKETCHED_SHARES = {0, 0.25, 1};

    private final ModelShape model;
    private final CostModel costs;
    private final PassBuilder builder;
    private final ResidencyFill fill;

    PhaseSearch(ModelShape model, CostModel costs, PassBuilder builder, ResidencyFill fill) {
        this.model = model;
        this.costs = costs;
        this.builder = builder;
        this.fill = fill;
    }

    /** Splits and the seconds that a pass takes with them. */
    record Found(SplitRatio[] splits, double seconds) {}

    /** The fastest of all three-way splits: first how much of what is resident is used, then how much is streamed. */
    Found best(Phase phase, Placement placement) {
        int[] best = placement.residentTiles();
        double bestSeconds = sketch(phase, placement, best);
        for (int[] used : new int[][] {balanced(phase, placement), new int[best.length]}) {
            double seconds = sketch(phase, placement, used);
            if (seconds < bestSeconds) {
                best = used;
                bestSeconds = seconds;
            }
        }
        return relieved(phase, placement, bestStreaming(phase, placement, best));
    }

    /** Where the GPU has more to do than the CPU, part of its tiles may be better off there. */
    private Found relieved(Phase phase, Placement placement, Found found) {
        PhasePrediction lanes = prediction(phase, placement, found);
        if (lanes.gpuSeconds() <= lanes.cpuSeconds()) {
            return found;
        }
        return golden(found, part -> {
            SplitRatio[] splits = found.splits.clone();
            for (int i = 0; i < splits.length; i++) {
                if (!isWhole(placement, i)) {
                    int used = (int) Math.round(part * splits[i].residentTiles());
                    int streamed = splits[i].streamedTiles();
                    splits[i] = new SplitRatio(used, streamed, splits[i].tiles() - used - streamed);
                }
            }
            return timed(phase, placement, splits);
        });
    }

    /** The best of a few streamed shares. */
    private double sketch(Phase phase, Placement placement, int[] used) {
        double best = Double.POSITIVE_INFINITY;
        for (double share : placement.ringBytes() == 0 ? new double[] {0} : SKETCHED_SHARES) {
            best = Math.min(best, seconds(phase, placement, splits(placement, used, share)));
        }
        return best;
    }

    /** The GPU multiplies what is resident, and {@code share} of the other tiles is streamed to it. */
    Found withStreaming(Phase phase, Placement placement, double share) {
        return timed(phase, placement, splits(placement, placement.residentTiles(), share));
    }

    static Found faster(Found first, Found second) {
        return second.seconds < first.seconds ? second : first;
    }

    double seconds(Phase phase, Placement placement, SplitRatio[] splits) {
        double[] ends = run(phase, placement, splits).ends();
        return phase.isDecode()
                ? (ends[DECODE_PASSES - 1] - ends[DECODE_PASSES - 1 - COUNTED_PASSES]) / COUNTED_PASSES
                : ends[0];
    }

    /** One pass of what was found, with the time for which each lane works. */
    PhasePrediction prediction(Phase phase, Placement placement, Found found) {
        Simulation.Result result = run(phase, placement, found.splits);
        int passes = result.ends().length;
        return new PhasePrediction(
                phase.tokens(),
                1,
                found.seconds,
                result.busySeconds(Lane.CPU) / passes,
                result.busySeconds(Lane.COPY) / passes,
                result.busySeconds(Lane.GPU) / passes);
    }

    double prefillSeconds(List<Phase> passes, Placement placement, List<Found> found) {
        return prefillEnds(passes, placement, found)[passes.size() - 1];
    }

    /** When each pass of a prompt ends. @param found for whole chunks, and for the last one where it is shorter */
    double[] prefillEnds(List<Phase> passes, Placement placement, List<Found> found) {
        List<List<Stage>> stages = new ArrayList<>();
        for (Phase pass : passes) {
            Found size = pass.tokens() == passes.get(0).tokens() ? found.get(0) : found.get(1);
            stages.add(builder.stages(pass, size.splits, placement));
        }
        return Simulation.run(stages, placement.ringBytes(), costs.busBytesPerSecond())
                .ends();
    }

    private Simulation.Result run(Phase phase, Placement placement, SplitRatio[] splits) {
        List<Stage> pass = builder.stages(phase, splits, placement);
        return Simulation.run(
                Simulation.repeated(pass, phase.isDecode() ? DECODE_PASSES : 1),
                placement.ringBytes(),
                costs.busBytesPerSecond());
    }

    private Found bestStreaming(Phase phase, Placement placement, int[] used) {
        DoubleFunction<Found> at = share -> timed(phase, placement, splits(placement, used, share));
        Found best = at.apply(0);
        if (placement.ringBytes() == 0) {
            return best;
        }
        best = faster(best, at.apply(1));
        // A little of streaming would fill the pauses between linears, by less than these predictions are good for.
        return phase.isDecode() && coresFillTheBus() ? best : golden(best, at);
    }

    /** The best found on the way to the minimum between 0 and 1, or {@code least} where there is no better one. */
    private static Found golden(Found least, DoubleFunction<Found> at) {
        Found best = least;
        double low = 0;
        double high = 1;
        double left = high - GOLDEN * (high - low);
        double right = low + GOLDEN * (high - low);
        Found atLeft = at.apply(left);
        Found atRight = at.apply(right);
        for (int step = 0; step < STEPS; step++) {
            best = faster(faster(best, atLeft), atRight);
            if (atLeft.seconds <= atRight.seconds) {
                high = right;
                right = left;
                atRight = atLeft;
                left = high - GOLDEN * (high - low);
                atLeft = at.apply(left);
            } else {
                low = left;
                left = right;
                atLeft = atRight;
                right = low + GOLDEN * (high - low);
                atRight = at.apply(right);
            }
        }
        return best;
    }

    /** Then a streamed byte only takes the place of one that the cores would have read. */
    boolean coresFillTheBus() {
        return 1 / costs.cpuTouchSeconds(1) >= FULL * costs.busBytesPerSecond();
    }

    private Found timed(Phase phase, Placement placement, SplitRatio[] splits) {
        return new Found(splits, seconds(phase, placement, splits));
    }

    /** Rounding is carried on from linear to linear, so that the pass as a whole has its share to within a tile. */
    private SplitRatio[] splits(Placement placement, int[] used, double share) {
        SplitRatio[] splits = new SplitRatio[used.length];
        double carry = 0;
        for (int i = 0; i < splits.length; i++) {
            LinearShape shape = model.linears().get(i).shape();
            int absent = shape.tiles() - placement.residentTiles()[i];
            double exact = share * absent + carry / shape.tileBytes();
            int streamed = (int) Math.max(0, Math.min(absent, Math.round(exact)));
            carry = (exact - streamed) * shape.tileBytes();
            splits[i] = new SplitRatio(used[i], streamed, shape.tiles() - used[i] - streamed);
        }
        return splits;
    }

    /** So much of what is resident that the GPU takes no longer for it than the CPU for the rest. */
    private int[] balanced(Phase phase, Placement placement) {
        int[] used = placement.residentTiles().clone();
        for (int i = 0; i < used.length; i++) {
            if (!isWhole(placement, i)) {
                PlannedLinear linear = model.linears().get(i);
                int tokens = linear.group() == GroupKind.OUTPUT ? 1 : phase.tokens();
                used[i] = fill.balanced(linear.shape(), used[i], tokens);
            }
        }
        return used;
    }

    private boolean isWhole(Placement placement, int linear) {
        int layer = model.linears().get(linear).layer();
        return layer < model.layers() && placement.wholeLayer()[layer];
    }
}
