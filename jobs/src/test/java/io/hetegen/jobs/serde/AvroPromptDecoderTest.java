package io.hetegen.jobs.serde;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.InvalidRequestException;
import io.hetegen.operator.PromptRequest;
import io.hetegen.operator.UndecodableRecordException;
import io.hetegen.schemas.GenerationParameters;
import io.hetegen.schemas.Message;
import io.hetegen.schemas.Prompt;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AvroPromptDecoderTest {

    private static final String JSON = """
            {"id": "t-1", "messages": [{"role": "user", "content": "Grüße"}],
             "generation": {"maxTokens": 9, "temperature": 1, "topK": 40, "topP": 0.9, "minP": 0.05,
               "repetitionPenalty": 1.1, "presencePenalty": -0.5, "frequencyPenalty": 0.25, "seed": 3,
               "stop": ["a", "b"], "jsonSchema": {"type":"object"}},
             "deadline": 1800000000123, "attributes": {"tenant": "a"}}
            """;
    private static final Prompt PROMPT = Prompt.newBuilder()
            .setId("t-1")
            .setMessages(List.of(new Message("user", "Grüße")))
            .setGeneration(GenerationParameters.newBuilder()
                    .setMaxTokens(9)
                    .setTemperature(1.0)
                    .setTopK(40)
                    .setTopP(0.9)
                    .setMinP(0.05)
                    .setRepetitionPenalty(1.1)
                    .setPresencePenalty(-0.5)
                    .setFrequencyPenalty(0.25)
                    .setSeed(3L)
                    .setStop(List.of("a", "b"))
                    .setJsonSchema("{\"type\":\"object\"}")
                    .build())
            .setDeadline(Instant.ofEpochMilli(1_800_000_000_123L))
            .setAttributes(Map.of("tenant", "a"))
            .build();
    private static final int HEADER = 10;

    private final AvroPromptDecoder decoder = new AvroPromptDecoder(GenerationDefaults.GREEDY);

    @Test
    void meansTheSameAsJson() throws IOException {
        assertThat(decode(bytes(PROMPT)))
                .isEqualTo(new JsonPromptDecoder(GenerationDefaults.GREEDY).decode(Envelopes.of(JSON)));
    }

    @Test
    void checksTheSameRulesAsJson() throws IOException {
        byte[] both = bytes(Prompt.newBuilder(PROMPT).setPrompt("p").build());

        assertThatThrownBy(() -> decode(both))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("both messages and prompt");
    }

    @Test
    void refusesForeignHeaders() throws IOException {
        assertThatThrownBy(() -> decode(new byte[0]))
                .isInstanceOf(UndecodableRecordException.class)
                .hasMessageContaining("single-object header")
                .hasMessageContaining("0 bytes");
        assertThatThrownBy(() -> decode(new byte[] {(byte) 0xC3, 1}))
                .isInstanceOf(UndecodableRecordException.class)
                .hasMessageContaining("2 bytes");

        byte[] registry = bytes(PROMPT);
        registry[0] = 0;
        assertThatThrownBy(() -> decode(registry)).hasMessageContaining("single-object header");

        byte[] unknown = bytes(PROMPT);
        unknown[5] ^= 1;
        assertThatThrownBy(() -> decode(unknown))
                .isInstanceOf(UndecodableRecordException.class)
                .hasMessageContaining("fingerprint")
                .hasMessageContaining("known are [341");
    }

    @Test
    void refusesTrailingBytesAndCutRecords() throws IOException {
        byte[] whole = bytes(PROMPT);
        assertThatThrownBy(() -> decode(Arrays.copyOf(whole, whole.length + 3)))
                .isInstanceOf(UndecodableRecordException.class)
                .hasMessageContaining("followed by 3 more bytes");
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> decode(cut)).isInstanceOf(UndecodableRecordException.class);
        }
    }

    /** Avro's own decoder allocates for lengths up to 2^31 - 9 before it looks whether the bytes are there. */
    @ParameterizedTest
    @ValueSource(longs = {1L << 62, Integer.MAX_VALUE - 8, Integer.MAX_VALUE - 9, 10_000, 2, -1, Long.MIN_VALUE})
    void believesNoLength(long length) throws IOException {
        byte[] string = withBody(encoder -> {
            encoder.writeLong(length);
            encoder.writeFixed(new byte[] {'x'});
        });
        assertThatThrownBy(() -> decode(string))
                .isInstanceOf(UndecodableRecordException.class)
                .hasMessageContaining("claims a length of " + length + ", the record has 1 bytes left");
    }

    @ParameterizedTest
    @ValueSource(longs = {1L << 62, Integer.MAX_VALUE - 8, Integer.MAX_VALUE - 9, 10_000})
    void believesNoCount(long count) throws IOException {
        byte[] array = withBody(encoder -> {
            encoder.writeString("id");
            encoder.writeIndex(1);
            encoder.writeLong(count);
        });
        assertThatThrownBy(() -> decode(array)).isInstanceOf(UndecodableRecordException.class);

        // A negative count announces the block's size in bytes.
        byte[] blocks = withBody(encoder -> {
            encoder.writeString("id");
            encoder.writeIndex(1);
            encoder.writeLong(-count);
            encoder.writeLong(count);
        });
        assertThatThrownBy(() -> decode(blocks)).isInstanceOf(UndecodableRecordException.class);
    }

    @Test
    void refusesTextThatIsNotUtf8() throws IOException {
        byte[] value = withBody(encoder -> {
            encoder.writeLong(2);
            encoder.writeFixed(new byte[] {'a', (byte) 0xFF});
        });
        assertThatThrownBy(() -> decode(value))
                .isInstanceOf(UndecodableRecordException.class)
                .hasMessage("a string is not UTF-8: malformed from byte 1 on");
    }

    /** Whatever a stranger sends: a prompt or one of the two refusals, in one bounded line. */
    @Test
    void mutatedRecordsAreReadOrRefused() throws IOException {
        byte[] whole = bytes(PROMPT);
        Random random = new Random(3);
        int refused = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] mutated = whole.clone();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                mutated[HEADER + random.nextInt(whole.length - HEADER)] = (byte) random.nextInt(256);
            }
            try {
                decode(mutated);
            } catch (UndecodableRecordException | InvalidRequestException e) {
                refused++;
                String message = String.valueOf(e.getMessage());
                assertThat(message).hasSizeLessThanOrEqualTo(PromptLimits.MAX_MESSAGE_LENGTH);
                assertThat(message.codePoints().allMatch(OneLine::isPrintable))
                        .as(message)
                        .isTrue();
            }
        }
        assertThat(refused).isBetween(1, 19_999);
    }

    private PromptRequest decode(byte[] value) {
        return decoder.decode(Envelopes.of(value));
    }

    private static byte[] bytes(Prompt prompt) throws IOException {
        ByteBuffer buffer = prompt.toByteBuffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private interface Body {
        void write(BinaryEncoder encoder) throws IOException;
    }

    private static byte[] withBody(Body body) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(bytes(PROMPT), 0, HEADER);
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        body.write(encoder);
        encoder.flush();
        return out.toByteArray();
    }
}
