package io.hetegen.engine.generate;

/**
 * The random number of a position: a pure function, so that a resumed sequence draws what it would have drawn. SplitMix64
 * (Steele, Lea and Flood, OOPSLA 2014) with the position as its counter; the seed is mixed first, because neighbouring
 * seeds would else give the same numbers at shifted positions.
 */
final class CounterRandom {

    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    private CounterRandom() {}

    /** Uniform in [0, 1), a multiple of 2^-53. */
    static double uniform(long seed, int position) {
        return (mix(mix(seed) + GOLDEN_GAMMA * (position + 1L)) >>> 11) * 0x1.0p-53;
    }

    private static long mix(long bits) {
        long z = bits;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
