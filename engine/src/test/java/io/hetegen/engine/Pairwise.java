package io.hetegen.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cases for a test over many factors: few of them, but every value of a factor meets every value of every other one.
 * Greedy, as in AETG (Cohen et al., 1997): each case starts from a pair that is not covered yet, and each further factor
 * takes the value that covers most with what is there.
 */
public final class Pairwise {

    private final int[] sizes;
    /** By factor, value, other factor, its value. */
    private final boolean[][][][] covered;

    private Pairwise(int[] sizes) {
        this.sizes = sizes;
        this.covered = new boolean[sizes.length][][][];
        for (int a = 0; a < sizes.length; a++) {
            covered[a] = new boolean[sizes[a]][sizes.length][];
            for (boolean[][] others : covered[a]) {
                Arrays.setAll(others, b -> new boolean[sizes[b]]);
            }
        }
    }

    /**
     * @param sizes of each factor, at least two factors of at least one value
     * @return cases, each with the number of a value for each factor; always the same ones
     */
    public static List<int[]> cases(int... sizes) {
        Pairwise pairs = new Pairwise(sizes.clone());
        List<int[]> cases = new ArrayList<>();
        for (int a = 0; a < sizes.length; a++) {
            for (int b = a + 1; b < sizes.length; b++) {
                for (int pair = 0; pair < sizes[a] * sizes[b]; pair++) {
                    if (!pairs.covered[a][pair / sizes[b]][b][pair % sizes[b]]) {
                        cases.add(pairs.next(a, pair / sizes[b], b, pair % sizes[b], cases.size()));
                    }
                }
            }
        }
        return cases;
    }

    private int[] next(int a, int valueOfA, int b, int valueOfB, int turn) {
        int[] next = new int[sizes.length];
        Arrays.fill(next, -1);
        next[a] = valueOfA;
        next[b] = valueOfB;
        for (int factor = 0; factor < sizes.length; factor++) {
            if (next[factor] < 0) {
                next[factor] = best(next, factor, turn);
            }
        }
        cover(next);
        return next;
    }

    /** Of equally good values not always the first one. */
    private int best(int[] fixed, int factor, int turn) {
        int best = 0;
        int most = -1;
        for (int i = 0; i < sizes[factor]; i++) {
            int value = (i + turn) % sizes[factor];
            int gain = gain(fixed, factor, value);
            if (gain > most) {
                most = gain;
                best = value;
            }
        }
        return best;
    }

    private int gain(int[] fixed, int factor, int value) {
        int gain = 0;
        for (int other = 0; other < sizes.length; other++) {
            if (fixed[other] >= 0 && !covered[factor][value][other][fixed[other]]) {
                gain++;
            }
        }
        return gain;
    }

    private void cover(int[] values) {
        for (int a = 0; a < values.length; a++) {
            for (int b = 0; b < values.length; b++) {
                covered[a][values[a]][b][values[b]] = true;
            }
        }
    }
}
