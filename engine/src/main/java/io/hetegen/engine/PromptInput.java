package io.hetegen.engine;

import io.hetegen.engine.chat.ChatMessage;
import java.time.Instant;
import java.util.List;

/** The three forms a prompt comes in. */
public sealed interface PromptInput {

    /** Plain text: tokenized as it is, with the special tokens that the model's tokenizer adds (BOS, say). */
    record Text(String text) implements PromptInput {}

    /**
     * A conversation, rendered by the model's chat template; its contents are never read as special tokens.
     *
     * @param time what a template that writes the date takes for now, in UTC: part of the prompt, because an answer must
     *     not depend on the day on which it is generated again
     */
    record Chat(List<ChatMessage> messages, Instant time) implements PromptInput {
        public Chat {
            InvalidRequestException.check(!messages.isEmpty(), "messages is empty, at least one message is needed");
            messages = List.copyOf(messages);
        }
    }

    /** Token ids, taken as they are. */
    record Ids(List<Integer> ids) implements PromptInput {
        public Ids {
            ids = List.copyOf(ids);
        }
    }
}
