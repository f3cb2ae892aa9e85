package io.hetegen.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicNode;
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

    private static void check(String template, JsonNode one) {
        Map<String, Object> variables = new HashMap<>();
        one.get("context").fields().forEachRemaining(field -> variables.put(field.getKey(), value(field.getValue())));
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

    private static Object value(JsonNode node) {
        if (node.isObject()) {
            Map<Object, Object> map = new LinkedHashMap<>();
            node.fields().forEachRemaining(field -> map.put(Text.ofContent(field.getKey()), value(field.getValue())));
            return map;
        }
        if (node.isArray()) {
            List<Object> list = new ArrayList<>();
            node.forEach(item -> list.add(value(item)));
            return list;
        }
        if (node.isTextual()) {
            return Text.ofContent(node.textValue());
        }
        if (node.isNull()) {
            return Values.NONE;
        }
        return node.isBoolean()
                ? (Object) node.booleanValue()
                : node.isIntegralNumber() ? (Object) node.longValue() : (Object) node.doubleValue();
    }
}
