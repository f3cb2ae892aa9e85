package io.hetegen.engine.chat;

import io.hetegen.engine.InvalidRequestException;
import io.hetegen.engine.tokenizer.TextPiece;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Stands for a template that is broken or uses what is not supported: the model still answers plain prompts. */
record UnusableTemplate(String reason) implements ChatTemplate {

    @Override
    public List<TextPiece> render(List<ChatMessage> messages, boolean addGenerationPrompt, Instant time) {
        throw new InvalidRequestException(
                "the model's chat template cannot be used (" + reason + "): send a prompt instead of messages");
    }

    @Override
    public Optional<String> unusable() {
        return Optional.of(reason);
    }
}
