package io.hetegen.engine.chat;

import io.hetegen.engine.InvalidRequestException;
import io.hetegen.engine.tokenizer.TextPiece;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Renders a conversation to the prompt that the model was trained on. Thread safe. */
public interface ChatTemplate {

    /**
     * The prompt as pieces: template text, in which special tokens are parsed, and message contents, in which they are
     * not. Joined, the pieces are the text that the template renders; tokenize them together, with
     * {@link io.hetegen.engine.tokenizer.Tokenizer#encode(List, boolean)}.
     *
     * @param time what the template takes for now
     * @throws InvalidRequestException if the template refuses the conversation
     */
    List<TextPiece> render(List<ChatMessage> messages, boolean addGenerationPrompt, Instant time);

    /** Why no conversation can be rendered; empty for a template that works. */
    default Optional<String> unusable() {
        return Optional.empty();
    }
}
