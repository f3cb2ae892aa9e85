package io.hetegen.engine.generate;

import io.hetegen.engine.SamplingParameters;

/**
 * Chooses the next token from the logits; {@code docs/sampling.md} gives every operation in its order. The choice is a
 * function of logits, parameters, history and position, in binary64, equal on every machine. Not thread safe: it keeps
 * its working space.
 */
final class Sampler {

    private final int vocabularySize;
    private final double[] logits;
    private final int[] candidates;
    private final double[] weights;
    private int count;

    /** @param vocabularySize how many ids may be drawn; logits beyond (rows that pad the matrix) are ignored */
    Sampler(int vocabularySize) {
        this.vocabularySize = vocabularySize;
        this.logits = new double[vocabularySize];
        this.candidates = new int[vocabularySize];
        this.weights = new double[vocabularySize];
    }

    /**
     * @param row logits, no NaN, not all of them -infinity; an id with -infinity is never drawn
     * @param position index of the token to be drawn, counted from the first of the prompt
     */
    int sample(float[] row, SamplingParameters sampling, TokenHistory history, int position) {
        for (int id = 0; id < vocabularySize; id++) {
            logits[id] = row[id];
        }
        history.penalize(logits, sampling);
        int best = mostLikely();
        if (sampling.temperature() == 0.0) {
            return best;
        }
        choose(sampling, logits[best]);
        return draw(CounterRandom.uniform(sampling.seed(), position));
    }

    private int mostLikely() {
        int best = 0;
        for (int id = 1; id < vocabularySize; id++) {
            if (logits[id] > logits[best]) {
                best = id;
            }
        }
        return best;
    }

    /** Fills candidates and weights: by descending logit if top-k or top-p is on, else by id. */
    private void choose(SamplingParameters sampling, double max) {
        boolean topK = sampling.topK() > 0 && sampling.topK() < vocabularySize;
        boolean topP = sampling.topP() < 1.0;
        count = 0;
        if (topK) {
            TopTokens top = new TopTokens(logits, vocabularySize);
            while (count < sampling.topK()) {
                add(top.next(), sampling, max);
            }
            if (topP) {
                keepTopP(sampling.topP() * sum());
            }
        } else if (topP) {
            for (int id = 0; id < vocabularySize; id++) {
                add(id, sampling, max);
            }
            double enough = sampling.topP() * sum();
            TopTokens top = new TopTokens(logits, vocabularySize);
            double reached = 0.0;
            count = 0;
            while (!top.isEmpty() && (count == 0 || reached < enough)) {
                add(top.next(), sampling, max);
                reached += weights[count - 1];
            }
        } else {
            for (int id = 0; id < vocabularySize; id++) {
                add(id, sampling, max);
            }
        }
        if (sampling.minP() > 0.0) {
            keepMinP(sampling.minP());
        }
    }

    /** The difference comes before the division, so that no temperature makes infinity minus infinity. */
    private void add(int id, SamplingParameters sampling, double max) {
        candidates[count] = id;
        weights[count] = Exponential.of((logits[id] - max) / sampling.temperature());
        count++;
    }

    private void keepTopP(double enough) {
        int kept = 0;
        double reached = 0.0;
        while (kept < count && (kept == 0 || reached < enough)) {
            reached += weights[kept];
            kept++;
        }
        count = kept;
    }

    /** The most likely token's weight is 1, so minP is the bound itself. */
    private void keepMinP(double least) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (weights[i] >= least) {
                candidates[kept] = candidates[i];
                weights[kept] = weights[i];
                kept++;
            }
        }
        count = kept;
    }

    private double sum() {
        double sum = 0.0;
        for (int i = 0; i < count; i++) {
            sum += weights[i];
        }
        return sum;
    }

    private int draw(double uniform) {
        double target = uniform * sum();
        double reached = 0.0;
        int last = candidates[0];
        for (int i = 0; i < count; i++) {
            if (weights[i] > 0.0) {
                last = candidates[i];
                reached += weights[i];
                if (reached > target) {
                    return last;
                }
            }
        }
        // uniform * sum rounded up to the sum itself.
        return last;
    }
}
