package io.hetegen.jobs.demo;

import io.hetegen.engine.Engine;
import io.hetegen.engine.EngineOptions;
import io.hetegen.engine.GenerationException;
import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.GenerationResult;
import io.hetegen.engine.PromptInput;
import io.hetegen.engine.SequenceListener;
import io.hetegen.engine.chat.ChatMessage;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Answers tickets with an engine of its own: no Kafka, no Flink, no failure. */
final class EngineAlone {

    private EngineAlone() {}

    /** Texts by ticket id. */
    static Map<String, String> answer(Path model, Collection<Ticket> tickets) {
        Map<String, String> texts = new HashMap<>();
        List<GenerationException> failures = new ArrayList<>();
        try (Engine engine = Engine.open(EngineOptions.of(model))) {
            for (Ticket ticket : tickets) {
                GenerationRequest request = GenerationRequest.greedy(
                        // The bundled template writes no date.
                        new PromptInput.Chat(List.of(new ChatMessage("user", ticket.text())), Instant.EPOCH),
                        Ticket.MAX_TOKENS);
                engine.submit(request, new SequenceListener() {
                    @Override
                    public void onFinished(GenerationResult result) {
                        texts.put(ticket.id(), result.text());
                    }

                    @Override
                    public void onFailed(GenerationException failure) {
                        failures.add(failure);
                    }
                });
            }
            boolean more = true;
            while (more) {
                more = engine.step();
            }
        }
        if (!failures.isEmpty()) {
            throw failures.get(0);
        }
        return texts;
    }
}
