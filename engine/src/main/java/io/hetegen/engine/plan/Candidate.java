package io.hetegen.engine.plan;

import io.hetegen.engine.plan.PhaseSearch.Found;
import java.util.ArrayList;
import java.util.List;

/**
 * A placement with the splits of each phase, timed.
 *
 * @param prefill for each chunk size, the usual one first
 * @param prefillSeconds of the whole prompt
 */
record Candidate(Placement placement, Found decode, List<Found> prefill, double prefillSeconds) {

    double requestSeconds(PlanRequest request) {
        return prefillSeconds + request.generatedTokens() * decode.seconds();
    }

    /** The forward passes of a prompt: as many whole chunks as it has, then the rest. */
    static List<Phase> passes(int promptTokens, int chunk) {
        List<Phase> passes = new ArrayList<>();
        for (int from = 0; from < promptTokens; from += chunk) {
            passes.add(Phase.prefill(Math.min(chunk, promptTokens - from), from));
        }
        return passes;
    }
}
