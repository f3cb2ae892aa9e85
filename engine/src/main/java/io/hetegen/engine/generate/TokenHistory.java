package io.hetegen.engine.generate;

import io.hetegen.engine.SamplingParameters;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What the penalties need to know of a sequence: which tokens it holds, and how often the answer holds each. */
final class TokenHistory {

    private final Set<Integer> seen = new HashSet<>();
    private final Map<Integer, Integer> answered = new HashMap<>();

    void addPrompt(int id) {
        seen.add(id);
    }

    void addAnswer(int id) {
        seen.add(id);
        answered.merge(id, 1, Integer::sum);
    }

    /**
     * Repetition over prompt and answer as in CTRL (arXiv 1909.05858) and Hugging Face; then presence and frequency over
     * the answer as in OpenAI's API. No two steps touch the same id, so their order over the ids does not matter.
     */
    void penalize(double[] logits, SamplingParameters sampling) {
        double repetition = sampling.repetitionPenalty();
        if (repetition != 1.0) {
            for (int id : seen) {
                logits[id] = logits[id] > 0 ? logits[id] / repetition : logits[id] * repetition;
            }
        }
        if (sampling.presencePenalty() != 0.0 || sampling.frequencyPenalty() != 0.0) {
            answered.forEach(
                    (id, count) -> logits[id] -= sampling.presencePenalty() + count * sampling.frequencyPenalty());
        }
    }
}
