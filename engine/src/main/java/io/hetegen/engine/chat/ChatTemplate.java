package io.hetegen.engine.chat;

import io.hetegen.engine.InvalidRequestException;
import io.hetegen.engine.tokenizer.TextPiece;
import java.util.List;

/** Renders a conversation to the prompt that the model was trained on. Thread safe. */
public interface ChatTemplate {

    /**
     * The prompt as pieces: template text, in which special tokens are parsed, and message contents, in which they are
     * not. Joined, the pieces are the text that the template renders; tokenize them together, with
     * {@link io.hetegen.engine.tokenizer.Tokenizer#encode(List, boolean)}.
     *
     * @throws InvalidRequestException if the template refuses the conversation
     */
    List<TextPiece> render(List<ChatMessage> messages, boolean addGenerationPrompt);
}
