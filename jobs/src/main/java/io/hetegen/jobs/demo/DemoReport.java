package io.hetegen.jobs.demo;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a run of the demo measured. Times are seconds since its start.
 *
 * @param recordsIn prompts that the input topic took
 * @param completionsOut committed completions, doubled ones included
 * @param duplicates completions of a prompt that had one already
 * @param missing prompts without a completion
 * @param deadLetters prompts that were refused
 * @param accuracy share of the answers with the label right, by label
 * @param tokensPerSecond generated tokens over the time from the first prompt to the last completion
 * @param restarts how often the job restarted
 * @param interrupted answers that a failure interrupted and a later attempt finished
 * @param firstGeneratedSeconds to the first completion written, still uncommitted; null if none came
 * @param firstCommittedSeconds to the first completion that a read_committed consumer saw; null if none came
 * @param wallSeconds to the last completion, the start of broker, cluster and engine included
 * @param comparison with the engine alone; null without {@code --chaos}
 */
public record DemoReport(
        int recordsIn,
        int completionsOut,
        int duplicates,
        int missing,
        int deadLetters,
        double validJson,
        Map<String, Double> accuracy,
        long generatedTokens,
        double tokensPerSecond,
        long checkpoints,
        long restarts,
        int interrupted,
        @Nullable Double firstGeneratedSeconds,
        @Nullable Double firstCommittedSeconds,
        double wallSeconds,
        @Nullable Comparison comparison) {

    /** Each prompt has exactly one completion; where a failure was asked for, it came and changed no text. */
    public boolean passed() {
        return duplicates == 0 && missing == 0 && (comparison == null || (comparison.same() && restarts > 0));
    }

    /**
     * Answers that the engine gave once more, alone, without Flink and without a failure.
     *
     * @param compared how many
     * @param equal how many of them are the same text
     */
    public record Comparison(int compared, int equal) {

        public boolean same() {
            return compared == equal;
        }
    }
}
