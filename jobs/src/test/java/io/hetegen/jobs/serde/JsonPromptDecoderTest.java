package io.hetegen.jobs.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.InvalidRequestException;
import io.hetegen.engine.PromptInput;
import io.hetegen.engine.SamplingParameters;
import io.hetegen.engine.chat.ChatMessage;
import io.hetegen.operator.PromptRequest;
import io.hetegen.operator.UndecodableRecordException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonPromptDecoderTest {

    private static final GenerationDefaults DEFAULTS =
            new GenerationDefaults(77, 0.5, 5, 0.5, 0.1, 1.5, 0.25, 0.75, 42L);

    private final JsonPromptDecoder decoder = new JsonPromptDecoder(DEFAULTS);

    @Test
    void readsEveryField() {
        PromptRequest request = decode("""
                {"id": "é-1", "messages": [{"role": "user", "content": "Hi \\ud83d\\udc4b"}],
                 "generation": {"maxTokens": 9, "temperature": 1, "topK": 40, "topP": 0.9, "minP": 0.05,
                   "repetitionPenalty": 1.1, "presencePenalty": -0.5, "frequencyPenalty": 0.25,
                   "seed": -9223372036854775808, "stop": ["\\n"], "jsonSchema": {"type": "object"}},
                 "deadline": 1800000000123, "attributes": {"tenant": "a"}, "somebodyElses": [1, {"x": null}]}
                """);

        assertThat(request.id()).isEqualTo("é-1");
        assertThat(request.attributes()).isEqualTo(Map.of("tenant", "a"));
        assertThat(request.deadline()).contains(Instant.ofEpochMilli(1_800_000_000_123L));
        assertThat(request.request())
                .isEqualTo(new GenerationRequest(
                        new PromptInput.Chat(List.of(new ChatMessage("user", "Hi 👋")), Instant.EPOCH),
                        new SamplingParameters(1.0, 40, 0.9, 0.05, 1.1, -0.5, 0.25, Long.MIN_VALUE),
                        9,
                        List.of("\n"),
                        Optional.of("{\"type\":\"object\"}")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":\"x\",\"prompt\":\"p\"}",
                "\uFEFF{\"id\":\"x\",\"prompt\":\"p\"}",
                "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":null,\"messages\":null,\"deadline\":null,\"attributes\":null}",
                "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"maxTokens\":null,\"seed\":null,\"stop\":null}}",
            })
    void takesTheDefaultsForWhatIsOpen(String json) {
        assertThat(decode(json))
                .isEqualTo(new PromptRequest(
                        "x",
                        Map.of(),
                        new GenerationRequest(
                                new PromptInput.Text("p"),
                                new SamplingParameters(0.5, 5, 0.5, 0.1, 1.5, 0.25, 0.75, 42L),
                                77,
                                List.of(),
                                Optional.empty()),
                        Optional.empty()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            value = {
                "`` => must be a JSON object",
                "[1] => the record must be a JSON object, got an array",
                "null => must be a JSON object, got null",
                "{\"id\":\"x\" => not JSON",
                "{\"id\":\"x\",\"prompt\":\"p\"} {} => Trailing token",
                "{/* c */\"id\":\"x\",\"prompt\":\"p\"} => not JSON",
                "{\"id\":\"x\",\"prompt\":\"p\",\"prompt\":\"q\"} => Duplicate",
                "{\"id\":\"x\",\"prompt\":NaN} => not JSON",
                "{\"prompt\":\"p\"} => id is missing",
                "{\"id\":7,\"prompt\":\"p\"} => id must be a string, got the number '7'",
                "{\"id\":\"x\",\"messages\":\"hi\"} => messages must be an array, got the string 'hi'",
                "{\"id\":\"x\",\"messages\":[\"hi\"]} => a message must be an object",
                "{\"id\":\"x\",\"messages\":[{\"content\":\"x\"}]} => role is missing",
                "{\"id\":\"x\",\"messages\":[{\"role\":\"user\",\"content\":null}]} => content is missing",
                "{\"id\":\"x\",\"messages\":[{\"role\":\"u\",\"content\":\"c\",\"name\":\"n\"}]} => a message has an unknown field 'name'",
                "{\"id\":\"x\",\"prompt\":\"p\",\"attributes\":{\"a\":1}} => a value in attributes must be a string",
                "{\"id\":\"x\",\"prompt\":\"p\",\"deadline\":\"tomorrow\"} => deadline must be an integer of 64 bits",
                "{\"id\":\"x\",\"prompt\":\"a\\ud800b\"} => prompt holds a lone surrogate at character 1",
                "{\"id\":\"x\",\"prompt\":\"\\udc00\\ud83d\"} => lone surrogate",
                "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"maxtokens\":1}} => generation has an unknown field 'maxtokens'; known are [frequencyPenalty,",
                "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"maxTokens\":1.5}} => maxTokens must be an integer of 32 bits, got the number '1.5'",
                "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"maxTokens\":1.0}} => maxTokens must be an integer",
                "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"maxTokens\":\"ten\"}} => maxTokens must be an integer",
                "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"maxTokens\":2147483648}} => maxTokens must be an integer of 32 bits",
                "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"seed\":9223372036854775808}} => seed must be an integer of 64 bits",
                "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"temperature\":\"0\"}} => temperature must be a number",
                "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"stop\":3}} => stop must be an array",
                "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"stop\":[3]}} => an element must be a string",
                "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"jsonSchema\":5}} => jsonSchema must be a JSON Schema",
            })
    void refusesWhatIsNotAPromptRecord(String json, String message) {
        assertThatThrownBy(() -> decode(json == null ? "" : json))
                .isInstanceOf(UndecodableRecordException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            quoteCharacter = '`',
            value = {
                "{\"id\":\"\",\"prompt\":\"p\"} => id is empty",
                "{\"id\":\"a\\u001b[2J\",\"prompt\":\"p\"} => id 'a\\u{1B}[2J' holds control characters",
                "{\"id\":\"a\\u2028b\",\"prompt\":\"p\"} => control characters",
                "{\"id\":\"x\"} => neither messages nor prompt",
                "{\"id\":\"x\",\"prompt\":\"p\",\"messages\":[]} => both messages and prompt",
                "{\"id\":\"x\",\"messages\":[]} => messages is empty",
                "{\"id\":\"x\",\"messages\":[{\"role\":\"user<|im_end|>\",\"content\":\"x\"}]} => role must be a word",
                "{\"id\":\"x\",\"messages\":[{\"role\":\"\",\"content\":\"x\"}]} => role must be a word",
                "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"maxTokens\":0}} => maxTokens must be at least 1, got 0",
                "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"temperature\":-1}} => temperature must be between",
                "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"temperature\":1e400}} => temperature must be between",
                "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"temperature\":1e99999999999}} => temperature must be between",
                "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"topP\":2}} => topP must be between",
                "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"stop\":[\"\"]}} => stop holds an empty text",
            })
    void refusesWhatIsOutOfRange(String json, String message) {
        assertThatThrownBy(() -> decode(json))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining(message);
    }

    @Test
    void boundsIdsAndAttributes() {
        assertThat(decode("{\"id\":\"" + "i".repeat(1_024) + "\",\"prompt\":\"p\"}")
                        .id())
                .hasSize(1_024);
        assertThatThrownBy(() -> decode("{\"id\":\"" + "i".repeat(1_025) + "\",\"prompt\":\"p\"}"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("id has 1025 characters, at most 1024");

        String attributes =
                IntStream.range(0, 257).mapToObj(i -> "\"a" + i + "\":\"\"").collect(Collectors.joining(","));
        assertThatThrownBy(() -> decode("{\"id\":\"x\",\"prompt\":\"p\",\"attributes\":{" + attributes + "}}"))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("attributes holds 257 entries, at most 256");
    }

    @Test
    void refusesDepthAndDigitsBeforeTheyCost() {
        assertThatThrownBy(() -> decode("{\"id\":\"x\",\"prompt\":\"p\",\"a\":" + "[".repeat(100_000)))
                .isInstanceOf(UndecodableRecordException.class)
                .hasMessageContaining("nesting depth");
        assertThatThrownBy(() -> decode(
                        "{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"maxTokens\":" + "9".repeat(50_000) + "}}"))
                .isInstanceOf(UndecodableRecordException.class)
                .hasMessageContaining("Number value length");
    }

    @ParameterizedTest
    @ValueSource(bytes = {(byte) 0xFF, (byte) 0xC0, (byte) 0xED})
    void refusesWhatIsNotUtf8(byte malformed) {
        byte[] value = "{\"id\":\"x\",\"prompt\":\"a b\"}".getBytes(StandardCharsets.UTF_8);
        value[21] = malformed;

        assertThatThrownBy(() -> decoder.decode(Envelopes.of(value)))
                .isInstanceOf(UndecodableRecordException.class)
                .hasMessage("the record is not UTF-8: malformed from byte 21 on");
    }

    @Test
    void messagesAreOneBoundedLine() {
        String noise = "\\u001b[31m\\r\\n2026-01-15 ERROR forged\\u202e".repeat(1_000);
        assertThatThrownBy(() -> decode("{\"id\":\"x\",\"prompt\":\"p\",\"generation\":{\"" + noise + "\":1}}"))
                .satisfies(e -> assertThat(e.getMessage())
                        .hasSizeLessThan(PromptLimits.MAX_MESSAGE_LENGTH)
                        .matches(text -> text.codePoints().allMatch(OneLine::isPrintable)));
    }

    private PromptRequest decode(String json) {
        return decoder.decode(Envelopes.of(json));
    }
}
