package io.hetegen.engine.chat;

import io.hetegen.engine.InvalidRequestException;
import java.util.List;

/** Renders a conversation to the prompt that the model was trained on. Thread safe. */
public interface ChatTemplate {

    /**
     * The prompt as pieces: template text, in which special tokens are parsed, and message contents, in which they are
     * not. Joined, the pieces are the text that the template renders.
     *
     * @throws InvalidRequestException if the template refuses the conversation
     */
    List<Piece> render(List<ChatMessage> messages, boolean addGenerationPrompt);

    /** @param parseSpecial whether special tokens written in {@code text} are meant as such */
    record Piece(String text, boolean parseSpecial) {}
}
