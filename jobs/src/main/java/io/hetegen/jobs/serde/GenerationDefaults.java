package io.hetegen.jobs.serde;

import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.SamplingParameters;
import java.io.Serializable;

/**
 * What a prompt's generation parameters are where the prompt leaves them open. Ranges as in {@link SamplingParameters}
 * and {@link GenerationRequest}, checked on construction.
 */
public record GenerationDefaults(
        int maxTokens,
        double temperature,
        int topK,
        double topP,
        double minP,
        double repetitionPenalty,
        double presencePenalty,
        double frequencyPenalty,
        long seed)
        implements Serializable {

    /** Greedy, with the engine's default length. */
    public static final GenerationDefaults GREEDY =
            new GenerationDefaults(GenerationRequest.DEFAULT_MAX_TOKENS, 0.0, 0, 1.0, 0.0, 1.0, 0.0, 0.0, 0L);

    /** @throws io.hetegen.engine.InvalidRequestException naming the first field out of its range */
    public GenerationDefaults {
        PromptConverter.checkMaxTokens(maxTokens);
        new SamplingParameters(
                temperature, topK, topP, minP, repetitionPenalty, presencePenalty, frequencyPenalty, seed);
    }
}
