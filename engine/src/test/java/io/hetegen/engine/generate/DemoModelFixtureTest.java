package io.hetegen.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hetegen.engine.Engine;
import io.hetegen.engine.EngineOptions;
import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.PromptInput;
import io.hetegen.engine.chat.ChatMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Greedy answers of the demo model against those that transformers gives with its F16 weights. */
@EnabledIfSystemProperty(named = "hetegen.fixtures", matches = ".+")
class DemoModelFixtureTest {

    private static final Path FOLDER =
            Path.of(System.getProperty("hetegen.fixtures", ".")).resolveSibling("demo-model");
    private static final int MAX_TOKENS = 96;

    /** Quantized weights are other weights, but the bits never change: what is equal stays equal. */
    @ParameterizedTest
    @ValueSource(strings = {"F16", "Q8_0", "Q4_0"})
    void answersAsTransformersDoes(String type) throws IOException {
        JsonNode cases = new ObjectMapper()
                .readTree(FOLDER.resolve("expected.json").toFile())
                .get("cases");
        Map<String, String> tickets = tickets();
        List<Heard> heard = new ArrayList<>();
        try (Engine engine = Engine.open(EngineOptions.of(FOLDER.resolve("ticket-triage-" + type + ".gguf")))) {
            for (JsonNode one : cases) {
                PromptInput chat = new PromptInput.Chat(
                        List.of(new ChatMessage(
                                "user",
                                Objects.requireNonNull(tickets.get(one.get("id").asText())))),
                        Instant.EPOCH);
                heard.add(Engines.submit(engine, GenerationRequest.greedy(chat, MAX_TOKENS)));
            }
            Engines.drain(engine);
        }
        assertThat(cases).hasSize(40);
        for (int i = 0; i < cases.size(); i++) {
            assertThat(heard.get(i).result().promptIds())
                    .isEqualTo(ids(cases.get(i).get("prompt_ids")));
            assertThat(heard.get(i).result().ids()).isEqualTo(ids(cases.get(i).get("output_ids")));
        }
    }

    private static Map<String, String> tickets() throws IOException {
        Map<String, String> tickets = new HashMap<>();
        for (String line : Files.readAllLines(FOLDER.resolve("tickets.jsonl"))) {
            JsonNode ticket = new ObjectMapper().readTree(line);
            tickets.put(ticket.get("id").asText(), ticket.get("text").asText());
        }
        return tickets;
    }

    private static List<Integer> ids(JsonNode array) {
        List<Integer> ids = new ArrayList<>();
        array.forEach(id -> ids.add(id.asInt()));
        return ids;
    }
}
