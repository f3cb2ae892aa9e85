package io.hetegen.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JinjaTemplateTest {

    private static final Clock NOON = Clock.fixed(Instant.parse("2026-01-05T12:00:00Z"), ZoneOffset.UTC);

    /** What Python's Jinja2 makes of small templates; an expected null stands for any error. */
    @TestFactory
    Stream<DynamicTest> rendersAsPythonsJinja2() throws IOException {
        JsonNode cases = cases();
        Map<String, Object> variables = JsonValues.variables(cases.get("variables"));
        return StreamSupport.stream(cases.get("cases").spliterator(), false).map(one -> {
            String template = one.get("template").textValue();
            return DynamicTest.dynamicTest(template, () -> {
                if (one.get("expected").isNull()) {
                    assertThatThrownBy(() -> render(template, variables)).isInstanceOf(TemplateException.class);
                } else {
                    assertThat(render(template, variables))
                            .isEqualTo(one.get("expected").textValue());
                }
            });
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "a\\n{% include 'x' %} ; line 2: the tag 'include'",
                "{{ x | shuffle }} ; line 1: the filter 'shuffle'",
                "{{ x is prime }} ; line 1: the test 'prime'",
                "\\n\\n{% if x %} ; line 3: the template ends",
                "{{ x ; line 1: a tag is not closed",
                "{{ 'x }} ; line 1: a string is not closed",
                "{# x ; line 1: a comment is not closed",
                "{{ ? }} ; line 1: unexpected character '?'",
                "{{ 1 + }} ; line 1: unexpected '}}'",
                "{% endif %} ; line 1: the tag 'endif'",
                "{% break %} ; line 1: 'break' stands outside a loop",
                "{{ f(**x) }} ; line 1: unpacking",
                "{% for a in b recursive %}{% endfor %} ; line 1: a recursive loop",
                "{{ 99999999999999999999 }} ; too large",
                "{{ '\\\\uZZZZ' }} ; broken escape"
            })
    void refusesAtParseTimeWithTheLine(String template, String message) {
        String text = template.replace("\\n", "\n").replace("\\\\", "\\");
        assertThatThrownBy(() -> JinjaTemplate.parse(text))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining(message);
    }

    @Test
    void raisesTheTemplatesOwnMessage() {
        assertThatThrownBy(() -> render("{{ raise_exception('only ' ~ 1) }}", Map.of()))
                .isInstanceOf(TemplateException.class)
                .hasMessage("only 1");
    }

    @Test
    void tellsTheDate() {
        assertThat(render("{{ strftime_now('%d %b %Y %B %-d %A %H:%M:%S %j %%') }}", Map.of()))
                .isEqualTo("05 Jan 2026 January 5 Monday 12:00:00 005 %");
    }

    @Test
    void theGenerationTagWritesItsBody() {
        assertThat(render("{% generation %}a{% endgeneration %}b", Map.of())).isEqualTo("ab");
    }

    /** Each would run for years or fill the memory. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
                "{% for a in range(100000) %}{% for b in range(100000) %}xxxxxxxxxxxxxxxx{% endfor %}{% endfor %}",
                "{% set n = namespace(x='ab') %}{% for a in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
                "{% set n = namespace(x='ab') %}{% for a in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
                "{% set n = namespace(x=[1]) %}{% for a in range(99) %}{% set n.x = n.x + n.x %}{% endfor %}",
                "{% set n = namespace(x=[1]) %}{% for a in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
                "{% set n = namespace(x=[1]) %}{% for a in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x | tojson }}",
                "{% set n = namespace(x=[1], y=[1]) %}{% for a in range(99) %}{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}{{ n.x == n.y }}",
                "{% set n = namespace(x=[1]) %}{% for a in range(50000) %}{% set n.x = [n.x] %}{% endfor %}{{ n.x | tojson }}",
                "{% set n = namespace(x='ab') %}{% for a in range(99) %}{% set n.x = n.x.replace('a', n.x) %}{% endfor %}",
                "{% set x = 'a' * 99999999 %}{% for a in range(100000) %}{{ 'b' in x }}{% endfor %}",
                "{{ 'a' * 9999999999 }}",
                "{{ range(999999999) }}",
                "{{ [1] | tojson(indent=999999999) }}{{ 'a' | indent(999999999, true) }}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% macro m(n) %}{% for a in range(9) %}{{ m(n - 1) if n }}{% endfor %}{% endmacro %}{{ m(50) }}",
                "{{ namespace(x=namespace()) }}",
                "{{ {[1]: 2} }}"
            })
    void stopsHostileTemplates(String template) {
        assertThatThrownBy(() -> render(template, Map.of())).isInstanceOf(TemplateException.class);
    }

    @Test
    void stopsDeepNesting() {
        for (String unit : List.of("(", "[", "not ", "-", "{'a':", "x[", "f(")) {
            assertThatThrownBy(() -> JinjaTemplate.parse("{{ " + unit.repeat(50_000)))
                    .isInstanceOf(TemplateException.class);
        }
        for (String unit : List.of("{% if x %}", "{% for a in x %}", "{% macro m() %}")) {
            assertThatThrownBy(() -> JinjaTemplate.parse(unit.repeat(50_000))).isInstanceOf(TemplateException.class);
        }
        for (String chain : List.of("+ 1 ", "~ 'a' ", "| trim ", ".a ", " and 1 ", " if 1 else 2 ")) {
            assertThatThrownBy(() -> render("{{ 1 " + chain.repeat(50_000) + "}}", Map.of()))
                    .isInstanceOf(TemplateException.class);
        }
        assertThatThrownBy(() -> JinjaTemplate.parse("x".repeat(2_000_000))).hasMessageContaining("2000000 characters");
    }

    /** Templates broken at random fail with the one exception that callers expect, or not at all. */
    @Test
    void brokenTemplatesFailInOneWay() throws IOException {
        JsonNode cases = cases();
        Map<String, Object> variables = JsonValues.variables(cases.get("variables"));
        Random random = new Random(5);
        int failed = 0;
        for (int run = 0; run < 20_000; run++) {
            String first = pick(cases, random);
            String second = pick(cases, random);
            int cut = random.nextInt(first.length());
            String template = first.substring(0, cut) + second.substring(random.nextInt(second.length()));
            try {
                render(template, variables);
            } catch (TemplateException e) {
                failed++;
            }
        }
        assertThat(failed).isBetween(5_000, 19_999);
    }

    private static String pick(JsonNode cases, Random random) {
        JsonNode list = cases.get("cases");
        return list.get(random.nextInt(list.size())).get("template").textValue();
    }

    private static JsonNode cases() throws IOException {
        try (InputStream in = JinjaTemplateTest.class.getResourceAsStream("jinja2-cases.json")) {
            return new ObjectMapper().readTree(Objects.requireNonNull(in));
        }
    }

    private static String render(String template, Map<String, Object> variables) {
        return JinjaTemplate.parse(template).render(variables, NOON).value();
    }
}
