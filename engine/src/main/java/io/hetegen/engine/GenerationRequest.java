package io.hetegen.engine;

import java.util.List;
import java.util.Optional;

/**
 * One prompt and how to answer it.
 *
 * @param prompt text, messages or token ids
 * @param sampling how the next token is chosen
 * @param maxTokens most tokens to generate, at least 1
 * @param stop texts that end the answer; the answer does not contain them
 * @param jsonSchema a JSON Schema that the answer must satisfy
 */
public record GenerationRequest(
        PromptInput prompt,
        SamplingParameters sampling,
        int maxTokens,
        List<String> stop,
        Optional<String> jsonSchema) {

    public static final int DEFAULT_MAX_TOKENS = 256;
    public static final int MAX_STOP_STRINGS = 64;
    public static final int MAX_STOP_LENGTH = 1_024;

    /** @throws InvalidRequestException naming the first field out of its range */
    public GenerationRequest {
        InvalidRequestException.check(maxTokens >= 1, "maxTokens must be at least 1, got %s", maxTokens);
        InvalidRequestException.check(
                stop.size() <= MAX_STOP_STRINGS,
                "stop holds %s texts, at most %s are taken",
                stop.size(),
                MAX_STOP_STRINGS);
        stop = List.copyOf(stop);
        for (String text : stop) {
            InvalidRequestException.check(
                    !text.isEmpty(), "stop holds an empty text, which would end every answer at once");
            InvalidRequestException.check(
                    text.length() <= MAX_STOP_LENGTH,
                    "stop holds a text of %s characters, at most %s are taken",
                    text.length(),
                    MAX_STOP_LENGTH);
            // Half a character would match inside a whole one and cut it.
            InvalidRequestException.check(
                    text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE),
                    "stop holds a text with half a surrogate pair, which no answer contains");
        }
    }

    /** A greedy request with default limits. */
    public static GenerationRequest greedy(PromptInput prompt, int maxTokens) {
        return new GenerationRequest(prompt, SamplingParameters.GREEDY, maxTokens, List.of(), Optional.empty());
    }
}
