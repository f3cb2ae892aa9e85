package io.hetegen.engine.linear;

import io.hetegen.engine.plan.SplitRatio;
import java.util.ArrayList;
import java.util.List;

/**
 * Follows the machine while it decodes: other jobs, heat and fewer cores move the balance of T(CPU) and T(COM) + T(GPU)
 * away from where it was profiled. From time to time a few tokens are decoded with a little more or less streamed; what
 * is measurably faster stays (hysteresis: what is within noise does not). Resident tiles and prefill stay as planned.
 */
final class RatioTuner implements PassRatios {

    /** Passes that a decision rests on. */
    static final int WINDOW = 16;

    /** A trial must gain so much: timings of a window vary by about half of it. */
    private static final double WORTH = 0.02;

    /** A machine whose tokens take so much longer or shorter than before is another one. */
    private static final double CHANGED = 0.1;

    /** If the CPU waits for so much of a pass, less streaming is tried, else more. */
    private static final double WAITS = 0.03;

    private static final double FIRST_STEP = 1.0 / 16;
    private static final double LEAST_STEP = 1.0 / 128;
    private static final double LARGEST_STEP = 1.0 / 4;

    /** Windows between two trials when nothing was gained for long. */
    private static final int LONGEST_REST = 64;

    private final PassRatios planned;

    private List<SplitRatio> plannedDecode = List.of();
    private List<SplitRatio> current = List.of();

    /** From -1, nothing is streamed, over 0, as planned, to 1, nothing is the CPU's. */
    private double shift;

    private double step = FIRST_STEP;
    private double trial;
    private boolean trying;
    private double base;
    private int rest;
    private int nextRest = 1;

    private int passes;
    private long nanos;
    private long waited;

    RatioTuner(PassRatios planned) {
        this.planned = planned;
    }

    @Override
    public List<SplitRatio> of(int tokens) {
        List<SplitRatio> wanted = planned.of(tokens);
        if (tokens > 1) {
            return wanted;
        }
        if (wanted != plannedDecode) {
            plannedDecode = wanted;
            current = shifted(wanted, shift);
        }
        return current;
    }

    @Override
    public void passed(int tokens, long passNanos, long waitedNanos) {
        if (tokens > 1) {
            return;
        }
        nanos += passNanos;
        waited += waitedNanos;
        if (++passes < WINDOW) {
            return;
        }
        decide((double) nanos / passes, (double) waited / Math.max(1, nanos));
        passes = 0;
        nanos = 0;
        waited = 0;
    }

    private void decide(double time, double waits) {
        if (trying) {
            trying = false;
            if (time < base * (1 - WORTH)) {
                shift = trial;
                base = time;
                step = Math.min(LARGEST_STEP, 2 * step);
                nextRest = 1;
                rest = 0;
            } else {
                step = Math.max(LEAST_STEP, step / 2);
                rest = nextRest;
                nextRest = Math.min(LONGEST_REST, 2 * nextRest);
                use(shift);
                return;
            }
        } else if (Math.abs(time / base - 1) > CHANGED) {
            rest = 0;
            nextRest = 1;
            step = FIRST_STEP;
        }
        base = time;
        if (rest-- > 0) {
            return;
        }
        trial = Math.max(-1, Math.min(1, waits > WAITS ? shift - step : shift + step));
        trying = use(trial);
    }

    /** Whether a tile moves: the same list stays, as copies that run ahead are for it. */
    private boolean use(double newShift) {
        List<SplitRatio> next = shifted(plannedDecode, newShift);
        if (next.equals(current)) {
            return false;
        }
        current = next;
        return true;
    }

    /** Rounding is carried on from linear to linear, so that small ones take part too. */
    private static List<SplitRatio> shifted(List<SplitRatio> ratios, double shift) {
        List<SplitRatio> shifted = new ArrayList<>();
        double carry = 0;
        for (SplitRatio ratio : ratios) {
            int most = shift > 0 ? ratio.cpuTiles() : ratio.streamedTiles();
            double exact = Math.abs(shift) * most + carry;
            int moved = (int) Math.max(0, Math.min(most, Math.round(exact)));
            carry = exact - moved;
            int more = shift > 0 ? moved : -moved;
            shifted.add(new SplitRatio(ratio.residentTiles(), ratio.streamedTiles() + more, ratio.cpuTiles() - more));
        }
        return shifted;
    }
}
