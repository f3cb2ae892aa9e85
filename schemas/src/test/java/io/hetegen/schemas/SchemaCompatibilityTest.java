package io.hetegen.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every released version of a record is under {@code schemas/v*}, with bytes that were written by it. They stay readable
 * for ever, and their readers read what is written today.
 */
class SchemaCompatibilityTest {

    private static final List<String> RELEASES = List.of("v1");

    private static final Prompt PROMPT = Prompt.newBuilder()
            .setId("ticket-1")
            .setMessages(List.of(new Message("system", "Be brief."), new Message("user", "Grüße 👋")))
            .setGeneration(GenerationParameters.newBuilder()
                    .setMaxTokens(64)
                    .setTemperature(0.5)
                    .setTopK(40)
                    .setTopP(0.9)
                    .setMinP(0.05)
                    .setRepetitionPenalty(1.1)
                    .setPresencePenalty(-0.5)
                    .setFrequencyPenalty(0.25)
                    .setSeed(Long.MIN_VALUE)
                    .setStop(List.of("\n\n"))
                    .setJsonSchema("{\"type\":\"object\"}")
                    .build())
            .setDeadline(Instant.ofEpochMilli(1_800_000_000_123L))
            .setAttributes(Map.of("tenant", "a"))
            .build();

    private static final Completion COMPLETION = Completion.newBuilder()
            .setId("ticket-1")
            .setText("Grüße")
            .setPromptTokens(12)
            .setGeneratedTokens(3)
            .setFinishReason("stop")
            .setModel("ticket-triage")
            .setFingerprint("00ff")
            .setNumerics("reproducible")
            .setArithmeticVersion(1)
            .setAttributes(Map.of("tenant", "a"))
            .setTruncation(new Truncation(1_000L, "e3b0", true))
            .build();

    private static final TokenPreview PREVIEW = TokenPreview.newBuilder()
            .setId("ticket-1")
            .setIndex(2)
            .setText("ße")
            .setAttempt(3)
            .build();

    static Stream<SpecificRecord> records() {
        return Stream.of(PROMPT, COMPLETION, PREVIEW);
    }

    @ParameterizedTest
    @MethodSource("records")
    void readsAndIsReadByEveryRelease(SpecificRecord sample) throws IOException {
        Schema current = sample.getSchema();
        for (String release : RELEASES) {
            Schema released = released(release, current.getName());
            assertThat(compatibility(current, released))
                    .as("today's %s reads %s", current.getName(), release)
                    .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
            assertThat(compatibility(released, current))
                    .as("%s of %s reads today's", release, current.getName())
                    .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
        }
    }

    @ParameterizedTest
    @MethodSource("records")
    void readsTheBytesOfEveryRelease(SpecificRecord sample) throws IOException {
        Schema current = sample.getSchema();
        for (String release : RELEASES) {
            BinaryMessageDecoder<SpecificRecord> decoder =
                    new BinaryMessageDecoder<>(SpecificData.getForClass(sample.getClass()), current);
            decoder.addSchema(released(release, current.getName()));
            assertThat(decoder.decode(golden(release, current.getName()))).isEqualTo(sample);
        }
    }

    /** The last release is today's schema: whoever changes a record adds a release. */
    @ParameterizedTest
    @MethodSource("records")
    void writesTheBytesOfTheLastRelease(SpecificRecord sample) throws IOException {
        String last = RELEASES.get(RELEASES.size() - 1);
        ByteBuffer written = switch (sample.getSchema().getName()) {
            case "Prompt" -> PROMPT.toByteBuffer();
            case "Completion" -> COMPLETION.toByteBuffer();
            default -> PREVIEW.toByteBuffer();
        };
        byte[] bytes = new byte[written.remaining()];
        written.get(bytes);
        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo(
                        HexFormat.of().formatHex(golden(last, sample.getSchema().getName())));
    }

    @ParameterizedTest
    @MethodSource("records")
    void documentsEveryField(SpecificRecord sample) {
        assertThat(undocumented(sample.getSchema())).isEmpty();
    }

    @Test
    void aPromptNeedsItsIdOnly() {
        Prompt prompt = Prompt.newBuilder().setId("x").build();

        assertThat(prompt.getMessages()).isNull();
        assertThat(prompt.getPrompt()).isNull();
        assertThat(prompt.getGeneration()).isNull();
        assertThat(prompt.getDeadline()).isNull();
        assertThat(prompt.getAttributes()).isEmpty();
    }

    private static Stream<String> undocumented(Schema schema) {
        return switch (schema.getType()) {
            case RECORD ->
                Stream.concat(
                        schema.getDoc() == null ? Stream.of(schema.getFullName()) : Stream.empty(),
                        schema.getFields().stream()
                                .flatMap(field -> Stream.concat(
                                        field.doc() == null
                                                ? Stream.of(schema.getName() + "." + field.name())
                                                : Stream.empty(),
                                        undocumented(field.schema()))));
            case ARRAY -> undocumented(schema.getElementType());
            case UNION -> schema.getTypes().stream().flatMap(SchemaCompatibilityTest::undocumented);
            default -> Stream.empty();
        };
    }

    private static SchemaCompatibilityType compatibility(Schema reader, Schema writer) {
        return SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                .getType();
    }

    private static Schema released(String release, String name) throws IOException {
        try (InputStream in = resource(release, name + ".avsc")) {
            return new Schema.Parser().parse(in);
        }
    }

    private static byte[] golden(String release, String name) throws IOException {
        try (InputStream in = resource(release, name + ".hex")) {
            return HexFormat.of()
                    .parseHex(new String(in.readAllBytes(), StandardCharsets.US_ASCII).replaceAll("\\s", ""));
        }
    }

    private static InputStream resource(String release, String file) {
        InputStream in = SchemaCompatibilityTest.class.getResourceAsStream("/schemas/" + release + "/" + file);
        if (in == null) {
            throw new AssertionError("no test resource schemas/" + release + "/" + file);
        }
        return in;
    }
}
