package io.hetegen.operator;

import io.hetegen.engine.GenerationRequest;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What a {@link PromptDecoder} reads from an envelope.
 *
 * @param attributes free-form, carried through to the answer
 * @param deadline after it the prompt is a dead letter instead of an answer
 */
public record PromptRequest(
        String id, Map<String, String> attributes, GenerationRequest request, Optional<Instant> deadline) {}
