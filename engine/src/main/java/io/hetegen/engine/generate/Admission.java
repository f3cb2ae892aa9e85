package io.hetegen.engine.generate;

import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.InvalidRequestException;
import io.hetegen.engine.ModelInfo;
import io.hetegen.engine.PromptInput;
import io.hetegen.engine.chat.ChatMessage;
import io.hetegen.engine.chat.ChatTemplate;
import io.hetegen.engine.tokenizer.TextPiece;
import io.hetegen.engine.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Decides on the submitting thread whether the model can serve a request, and turns its prompt into token ids. */
final class Admission {

    private final ModelInfo model;
    private final Tokenizer tokenizer;
    private final Optional<ChatTemplate> chatTemplate;
    private final List<Integer> addedBos;

    Admission(ModelInfo model, Tokenizer tokenizer, Optional<ChatTemplate> chatTemplate) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.chatTemplate = chatTemplate;
        // An empty text shows what the tokenizer adds by itself; of that only BOS belongs before a conversation.
        List<Integer> added = tokenizer.encode("", true, false);
        boolean bos = !added.isEmpty() && tokenizer.bosToken().orElse(-1) == added.get(0);
        this.addedBos = bos ? List.of(added.get(0)) : List.of();
    }

    /**
     * The same request with its prompt as ids.
     *
     * @throws InvalidRequestException if it can never be served
     */
    GenerationRequest admit(GenerationRequest request) {
        InvalidRequestException.check(
                request.jsonSchema().isEmpty(),
                "structured output is not supported by this version: leave jsonSchema out");
        List<Integer> ids = ids(request.prompt());
        InvalidRequestException.check(!ids.isEmpty(), "the prompt has no tokens, at least one is needed");
        InvalidRequestException.check(
                ids.size() < model.contextLength(),
                "the prompt has %s tokens, at most %s leave room for an answer in the context of %s tokens",
                ids.size(),
                model.contextLength() - 1,
                model.contextLength());
        for (int i = 0; i < ids.size(); i++) {
            int id = ids.get(i);
            InvalidRequestException.check(
                    id >= 0 && id < model.vocabularySize(),
                    "prompt token %s is id %s, the vocabulary has ids 0 to %s",
                    i,
                    id,
                    model.vocabularySize() - 1);
        }
        return new GenerationRequest(
                new PromptInput.Ids(ids),
                request.sampling(),
                request.maxTokens(),
                request.stop(),
                request.jsonSchema());
    }

    private List<Integer> ids(PromptInput prompt) {
        if (prompt instanceof PromptInput.Ids ids) {
            return ids.ids();
        }
        if (prompt instanceof PromptInput.Chat chat) {
            return chatIds(chat);
        }
        String text = ((PromptInput.Text) prompt).text();
        requireShort(utf8Length(text));
        return tokenizer.encode(text, true, false);
    }

    /**
     * A template writes its own special tokens, so the tokenizer adds none. But where a tokenizer adds BOS by itself and
     * the template left that to it, BOS comes first, as in llama.cpp; it is never doubled.
     */
    private List<Integer> chatIds(PromptInput.Chat chat) {
        ChatTemplate template = chatTemplate.orElseThrow(() -> new InvalidRequestException(
                "model " + model.name() + " has no chat template: send a prompt instead of messages"));
        long bytes = 0;
        for (ChatMessage message : chat.messages()) {
            bytes += utf8Length(message.role()) + utf8Length(message.content());
        }
        requireShort(bytes);
        List<TextPiece> pieces = template.render(chat.messages(), true, chat.time());
        bytes = 0;
        for (TextPiece piece : pieces) {
            bytes += utf8Length(piece.text());
        }
        requireShort(bytes);
        List<Integer> ids = tokenizer.encode(pieces, false);
        if (addedBos.isEmpty() || (!ids.isEmpty() && ids.get(0).equals(addedBos.get(0)))) {
            return ids;
        }
        List<Integer> withBos = new ArrayList<>(addedBos);
        withBos.addAll(ids);
        return withBos;
    }

    /** Tokenizing a text takes far longer than counting its bytes. */
    private void requireShort(long bytes) {
        long most = (long) model.contextLength() * tokenizer.maxTokenBytes();
        InvalidRequestException.check(
                bytes <= most,
                "the prompt has %s bytes, the context of %s tokens holds at most %s",
                bytes,
                model.contextLength(),
                most);
    }

    private static long utf8Length(String text) {
        return text.codePoints()
                .mapToLong(c -> c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4)
                .sum();
    }
}
