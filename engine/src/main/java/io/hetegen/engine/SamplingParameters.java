package io.hetegen.engine;

/**
 * How the next token is chosen from the logits. Order: penalties, temperature, top-k, top-p, min-p, draw.
 *
 * @param temperature 0 takes the most likely token (greedy); at most {@link #MAX_TEMPERATURE}
 * @param topK keep the k most likely tokens; 0 is off
 * @param topP keep the most likely tokens whose probabilities reach p; 1 is off
 * @param minP drop tokens less likely than p times the most likely one; 0 is off
 * @param repetitionPenalty divides positive and multiplies negative logits of tokens seen in prompt or answer; 1 is off
 * @param presencePenalty subtracted once from the logits of tokens that the answer holds; 0 is off
 * @param frequencyPenalty subtracted from a token's logit once for each time the answer holds it; 0 is off
 * @param seed with the position in the sequence, the only source of randomness
 */
public record SamplingParameters(
        double temperature,
        int topK,
        double topP,
        double minP,
        double repetitionPenalty,
        double presencePenalty,
        double frequencyPenalty,
        long seed) {

    public static final double MAX_TEMPERATURE = 100.0;
    public static final double MAX_PENALTY = 100.0;

    /** Always the most likely token; the lowest id among equals. */
    public static final SamplingParameters GREEDY = new SamplingParameters(0.0, 0, 1.0, 0.0, 1.0, 0.0, 0.0, 0L);

    /** @throws InvalidRequestException naming the first field out of its range */
    public SamplingParameters {
        requireRange("temperature", temperature, 0.0, MAX_TEMPERATURE);
        InvalidRequestException.check(topK >= 0, "topK must be at least 0 (0 is off), got %s", topK);
        requireRange("topP", topP, 0.0, 1.0);
        InvalidRequestException.check(topP > 0.0, "topP must be above 0, got %s", topP);
        requireRange("minP", minP, 0.0, 1.0);
        requireRange("repetitionPenalty", repetitionPenalty, 0.0, MAX_PENALTY);
        InvalidRequestException.check(
                repetitionPenalty > 0.0, "repetitionPenalty must be above 0, got %s", repetitionPenalty);
        requireRange("presencePenalty", presencePenalty, -MAX_PENALTY, MAX_PENALTY);
        requireRange("frequencyPenalty", frequencyPenalty, -MAX_PENALTY, MAX_PENALTY);
    }

    private static void requireRange(String name, double value, double least, double most) {
        // Written so that NaN fails.
        InvalidRequestException.check(
                value >= least && value <= most, "%s must be between %s and %s, got %s", name, least, most, value);
    }
}
