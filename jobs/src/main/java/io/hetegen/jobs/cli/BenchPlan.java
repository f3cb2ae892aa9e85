package io.hetegen.jobs.cli;

/**
 * What a run of {@link Benchmark} does.
 *
 * @param promptTokens of the prefill
 * @param generatedTokens of each sequence of the decode
 * @param depth tokens in a sequence's context before the first is generated
 * @param sequences decoded together, after one alone; 1 for no more than that one
 */
record BenchPlan(int promptTokens, int generatedTokens, int depth, int sequences) {

    /** Positions that the longest sequence takes. */
    int longest() {
        return Math.max(promptTokens, Math.addExact(depth, generatedTokens));
    }
}
