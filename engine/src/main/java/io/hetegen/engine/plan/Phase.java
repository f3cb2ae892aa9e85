package io.hetegen.engine.plan;

/**
 * A forward pass to be planned: decode has one token, prefill a chunk of them.
 *
 * @param meanContext positions that a token attends to, on average
 */
record Phase(boolean isDecode, int tokens, double meanContext) {

    /** A token in the middle of an answer. */
    static Phase decode(PlanRequest request) {
        return new Phase(true, 1, request.promptTokens() + (request.generatedTokens() + 1) / 2.0);
    }

    /** @param firstPosition of the chunk */
    static Phase prefill(int tokens, int firstPosition) {
        return new Phase(false, tokens, firstPosition + (tokens + 1) / 2.0);
    }
}
