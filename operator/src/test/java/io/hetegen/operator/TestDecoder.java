package io.hetegen.operator;

import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.InvalidRequestException;
import io.hetegen.engine.PromptInput;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** {@code prompt} or {@code prompt@deadline}; {@code ?...} is undecodable, {@code !...} invalid, {@code #...} a bug. */
final class TestDecoder implements PromptDecoder {

    private static final long serialVersionUID = 1L;

    @Override
    public PromptRequest decode(Envelope envelope) {
        String value = new String(Objects.requireNonNull(envelope.value()), StandardCharsets.UTF_8);
        if (value.startsWith("?")) {
            throw new UndecodableRecordException("not a prompt: " + value);
        }
        if (value.startsWith("#")) {
            throw new IllegalStateException("a bug in the decoder");
        }
        InvalidRequestException.check(!value.startsWith("!"), "maxTokens must be at least 1, got %s", value);
        String[] parts = value.split("@", 2);
        Optional<Instant> deadline =
                parts.length == 1 ? Optional.empty() : Optional.of(Instant.ofEpochMilli(Long.parseLong(parts[1])));
        GenerationRequest request = GenerationRequest.greedy(new PromptInput.Text(parts[0]), 50);
        return new PromptRequest("id-" + parts[0], Map.of("a", parts[0]), request, deadline);
    }
}
