package io.hetegen.engine.linear;

import io.hetegen.engine.plan.Planner;
import java.util.List;
import java.util.function.DoubleConsumer;
import java.util.function.LongSupplier;

/**
 * How a profile is measured.
 *
 * @param seconds that it takes, about: a slow machine needs more for the few samples that there must be
 * @param gpuBytes most that measuring takes of the GPU's memory
 * @param promptChunks tokens of the passes of a prompt
 * @param clock nanoseconds, as {@link System#nanoTime}
 * @param progress is told from time to time which part is done, from 0 to 1
 */
public record Profiling(
        double seconds, long gpuBytes, List<Integer> promptChunks, LongSupplier clock, DoubleConsumer progress) {

    public static final double USUAL_SECONDS = 15;

    public Profiling {
        promptChunks = promptChunks.stream().sorted().toList();
        if (!(seconds > 0 && seconds < Double.POSITIVE_INFINITY) || promptChunks.isEmpty()) {
            throw new IllegalArgumentException(
                    "a profile takes some seconds and has some chunks, not " + seconds + " and " + promptChunks);
        }
    }

    /** All that the planner asks for. */
    public static Profiling of(double seconds, long gpuBytes, DoubleConsumer progress) {
        return new Profiling(seconds, gpuBytes, Planner.PROMPT_CHUNKS, System::nanoTime, progress);
    }

    int maxTokens() {
        return promptChunks.stream().mapToInt(tokens -> tokens).max().orElseThrow();
    }
}
