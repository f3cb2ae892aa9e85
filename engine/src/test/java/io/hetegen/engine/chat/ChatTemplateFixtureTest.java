package io.hetegen.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.tokenizer.Tokenizer;
import io.hetegen.engine.tokenizer.TokenizerLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Published templates, rendered by Python's Jinja2 as transformers sets it up. */
@EnabledIfSystemProperty(named = "hetegen.fixtures", matches = ".+")
class ChatTemplateFixtureTest {

    private static final Clock NOON = Clock.fixed(Instant.parse("2026-01-15T12:00:00Z"), ZoneOffset.UTC);

    @TestFactory
    Stream<DynamicNode> publishedTemplates() throws IOException {
        Path folder = Path.of(System.getProperty("hetegen.fixtures")).resolve("chat");
        List<DynamicNode> templates = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".json"))
                    .sorted()
                    .toList()) {
                JsonNode set = new ObjectMapper().readTree(file.toFile());
                String template = set.get("template").textValue();
                templates.add(dynamicContainer(
                        set.get("name").textValue(),
                        StreamSupport.stream(set.get("cases").spliterator(), false)
                                .map(one -> dynamicTest(one.get("name").textValue(), () -> check(template, one)))));
            }
        }
        assertThat(templates).isNotEmpty();
        return templates.stream();
    }

    /** The demo model's prompts as transformers made them: template and tokenizer together. */
    @Test
    void promptsOfTheDemoModel() throws IOException {
        Path folder = Path.of(System.getProperty("hetegen.fixtures")).resolveSibling("demo-model");
        JsonNode cases = new ObjectMapper()
                .readTree(folder.resolve("expected.json").toFile())
                .get("cases");
        Map<String, String> tickets = new HashMap<>();
        for (String line : Files.readAllLines(folder.resolve("tickets.jsonl"))) {
            JsonNode ticket = new ObjectMapper().readTree(line);
            tickets.put(ticket.get("id").textValue(), ticket.get("text").textValue());
        }
        try (ModelFile file = ModelFiles.open(folder.resolve("ticket-triage-Q8_0.gguf"));
                Tokenizer tokenizer = TokenizerLoader.load(file)) {
            ChatTemplate template = ChatTemplates.load(file, tokenizer).orElseThrow();
            assertThat(cases).isNotEmpty();
            for (JsonNode one : cases) {
                List<ChatMessage> messages = List.of(new ChatMessage(
                        "user", Objects.requireNonNull(tickets.get(one.get("id").textValue()))));
                List<Integer> expected = new ArrayList<>();
                one.get("prompt_ids").forEach(id -> expected.add(id.intValue()));
                assertThat(tokenizer.encode(template.render(messages, true, Instant.EPOCH), false))
                        .isEqualTo(expected);
            }
        }
    }

    private static void check(String template, JsonNode one) {
        Map<String, Object> variables = JsonValues.variables(one.get("context"));
        if (one.has("error")) {
            boolean own = one.get("error").get("type").textValue().equals("TemplateError");
            assertThatThrownBy(() -> JinjaTemplate.parse(template).render(variables, NOON))
                    .isInstanceOf(TemplateException.class)
                    .hasMessageContaining(own ? one.get("error").get("message").textValue() : "");
        } else {
            assertThat(JinjaTemplate.parse(template).render(variables, NOON).value())
                    .isEqualTo(one.get("expected").textValue());
        }
    }
}
