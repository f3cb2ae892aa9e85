package io.hetegen.engine.bench;

import java.nio.file.Path;
import java.util.List;

/** Whether both programs compute the same model from a file; they round differently, so their logits are only near. */
final class SameModel {

    private static final List<Integer> PROMPT = List.of(1, 17, 250, 99, 4, 311, 42, 5);

    /**
     * Root mean square of the difference over that of the logits. Random weights without meaning enlarge every
     * rounding; two models that differ have 1.4.
     */
    private static final double MOST_DIFFERENCE = 0.3;

    private SameModel() {}

    /** @throws ComparisonException if a logit is not finite, or they are not those of one model */
    static double check(Path model, HeteGen ours, LlamaCpp theirs) {
        return check(model, ours.logits(model, PROMPT), theirs.logits(model, PROMPT));
    }

    static double check(Path model, double[] ours, double[] theirs) {
        if (ours.length != theirs.length) {
            throw new ComparisonException(
                    model + ": HeteGen has " + ours.length + " logits, llama.cpp has " + theirs.length);
        }
        double difference = 0;
        double size = 0;
        for (int i = 0; i < ours.length; i++) {
            if (!Double.isFinite(ours[i]) || !Double.isFinite(theirs[i])) {
                throw new ComparisonException(model + ": logit " + i + " is " + ours[i] + " with HeteGen and "
                        + theirs[i] + " with llama.cpp; it must be finite");
            }
            difference += (ours[i] - theirs[i]) * (ours[i] - theirs[i]);
            size += ours[i] * ours[i];
        }
        double relative = Math.sqrt(difference / size);
        if (!(relative <= MOST_DIFFERENCE)) {
            throw new ComparisonException(model + ": the logits of HeteGen and llama.cpp differ by " + relative
                    + " of their size, at most " + MOST_DIFFERENCE + " is rounding: they compute different models");
        }
        return relative;
    }
}
