package io.hetegen.engine;

import java.util.List;

/**
 * A complete answer. Equal for every run of the same request, {@link #timings} apart, where its numerics are reproducible.
 *
 * @param promptIds the prompt as token ids
 * @param ids the generated token ids, the end token included where it was drawn
 * @param text the answer without end token and stop string
 * @param numerics fast if any product that the answer depends on was, in this run or before a resume
 * @param timings how long this run took; a replay gives others
 */
public record GenerationResult(
        List<Integer> promptIds,
        List<Integer> ids,
        String text,
        FinishReason finishReason,
        Numerics numerics,
        Timings timings) {

    public GenerationResult {
        promptIds = List.copyOf(promptIds);
        ids = List.copyOf(ids);
    }

    /**
     * Wall time of one run.
     *
     * @param queuedNanos from submission to the first prefill chunk
     * @param prefillNanos from the first prefill chunk to the first token generated in this run
     * @param decodeNanos from there to the last token
     */
    public record Timings(long queuedNanos, long prefillNanos, long decodeNanos) {}
}
