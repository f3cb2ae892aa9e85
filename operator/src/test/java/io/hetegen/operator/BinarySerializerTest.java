package io.hetegen.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.FinishReason;
import io.hetegen.engine.GenerationResult;
import io.hetegen.engine.ModelInfo;
import io.hetegen.engine.Numerics;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BinarySerializerTest {

    private static final Envelope ENVELOPE = new Envelope(
            "prompts",
            3,
            1L << 40,
            -5,
            List.of(
                    new Envelope.Header("h", new byte[] {1, -1}),
                    new Envelope.Header("h", null),
                    new Envelope.Header("ü", new byte[0])),
            new byte[] {0, -128},
            "värde".getBytes(StandardCharsets.UTF_8));
    private static final Envelope BARE = new Envelope("", 0, 0, 0, List.of(), null, null);
    private static final Answer ANSWER = new Answer(
            ENVELOPE,
            "id",
            attributes(),
            "text 漢",
            7,
            9,
            FinishReason.LENGTH,
            new ModelInfo("name", "llama", "f00d", 1, 512, 1_000),
            Numerics.REPRODUCIBLE,
            2,
            new GenerationResult.Timings(11, 12, 13));
    private static final DeadLetter DEAD_LETTER =
            new DeadLetter(ENVELOPE, DeadLetter.Cause.GENERATION_FAILED, "NaN", 3);

    private static Map<String, String> attributes() {
        Map<String, String> attributes = new LinkedHashMap<>();
        attributes.put("b", "1");
        attributes.put("a", "");
        return attributes;
    }

    static Stream<Arguments> values() {
        InFlight waiting = new InFlight(ENVELOPE, null, 1, InFlight.Waiting.INSTANCE);
        return Stream.of(
                Arguments.of("envelope", EnvelopeSerializer.INSTANCE, ENVELOPE),
                Arguments.of("envelope-bare", EnvelopeSerializer.INSTANCE, BARE),
                Arguments.of("answer", AnswerSerializer.INSTANCE, ANSWER),
                Arguments.of("dead-letter", DeadLetterSerializer.INSTANCE, DEAD_LETTER),
                Arguments.of("in-flight-waiting", InFlightSerializer.INSTANCE, waiting),
                Arguments.of(
                        "in-flight-answered",
                        InFlightSerializer.INSTANCE,
                        new InFlight(ENVELOPE, -1L, 4, new InFlight.Complete(ANSWER))),
                Arguments.of(
                        "in-flight-dead",
                        InFlightSerializer.INSTANCE,
                        waiting.with(new InFlight.Complete(DEAD_LETTER)).nextAttempt()));
    }

    /** Savepoints of version 1 stay readable: these bytes never change. */
    @ParameterizedTest
    @MethodSource("values")
    <T> void bytesOfVersion1(String name, BinarySerializer<T> serializer, T value) throws Exception {
        String golden = golden(name);
        assertThat(HexFormat.of().formatHex(bytes(serializer, value))).isEqualTo(golden);
        DataInputDeserializer in = new DataInputDeserializer(HexFormat.of().parseHex(golden));
        assertThat(serializer.deserialize(in)).isEqualTo(value);
        assertThat(in.available()).isZero();
    }

    @Test
    void bytesOfVersion1WithArraysThatRecordsDoNotCompare() throws Exception {
        Preview preview = new Preview(new byte[] {9}, "id", 4, " word", 2);
        assertThat(HexFormat.of().formatHex(bytes(PreviewSerializer.INSTANCE, preview)))
                .isEqualTo(golden("preview"));
        Preview read = copy(PreviewSerializer.INSTANCE, preview);
        assertThat(read).usingRecursiveComparison().isEqualTo(preview);

        InFlight generating = new InFlight(BARE, 6L, 1, new InFlight.Generating(new byte[] {1, 2, 3}));
        assertThat(HexFormat.of().formatHex(bytes(InFlightSerializer.INSTANCE, generating)))
                .isEqualTo(golden("in-flight-generating"));
        assertThat(copy(InFlightSerializer.INSTANCE, generating))
                .usingRecursiveComparison()
                .isEqualTo(generating);
    }

    @Test
    void anAnswerKeepsItsNumerics() throws Exception {
        Answer fast = new Answer(
                BARE,
                "id",
                Map.of(),
                "text",
                1,
                1,
                FinishReason.STOP,
                ANSWER.model(),
                Numerics.FAST,
                1,
                ANSWER.timings());
        assertThat(copy(AnswerSerializer.INSTANCE, fast)).isEqualTo(fast);
    }

    @ParameterizedTest
    @MethodSource("values")
    <T> void cutBytesAreRefused(String name, BinarySerializer<T> serializer, T value) throws Exception {
        byte[] bytes = bytes(serializer, value);
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> serializer.deserialize(new DataInputDeserializer(cut)))
                    .as(name)
                    .isInstanceOf(EOFException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("values")
    <T> void damagedBytesAreReadOrRefusedButNeverAllocatedFor(String name, BinarySerializer<T> serializer, T value)
            throws Exception {
        byte[] bytes = bytes(serializer, value);
        Random random = new Random(7);
        for (int i = 0; i < 2_000; i++) {
            byte[] damaged = bytes.clone();
            int at = 1 + random.nextInt(bytes.length - 1);
            damaged[at] = (byte) (damaged[at] ^ (1 << random.nextInt(8)));
            try {
                assertThat(serializer.deserialize(new DataInputDeserializer(damaged)))
                        .as(name)
                        .isNotNull();
            } catch (IOException refused) {
                assertThat(refused).as(name).isNotNull();
            }
        }
    }

    @Test
    void aLargeValueIsReadInFull() throws Exception {
        byte[] value = new byte[300_001];
        new Random(1).nextBytes(value);
        Envelope large = new Envelope("t", 0, 0, 0, List.of(), null, value);
        assertThat(copy(EnvelopeSerializer.INSTANCE, large)).isEqualTo(large);
    }

    @Test
    void anotherVersionIsRefusedByNumber() throws Exception {
        byte[] bytes = bytes(EnvelopeSerializer.INSTANCE, ENVELOPE);
        bytes[0] = 2;
        assertThatThrownBy(() -> EnvelopeSerializer.INSTANCE.deserialize(new DataInputDeserializer(bytes)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Envelope has format version 2, expected 1");
    }

    @Test
    void negativeLengthsAndUnknownCodesAreRefusedByName() {
        DataInputDeserializer minusTwo = new DataInputDeserializer(new byte[] {1, -1, -1, -1, -2});
        assertThatThrownBy(() -> EnvelopeSerializer.INSTANCE.deserialize(minusTwo))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("topic has the length -2");
        assertThatThrownBy(() -> BinaryFormat.readConstant(
                        "cause", DeadLetter.Cause.values(), new DataInputDeserializer(new byte[] {4})))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cause has the code 4, expected 0 to 3");
    }

    @ParameterizedTest
    @MethodSource("values")
    <T> void theSnapshotOfASerializerIsFoundByItsNameAndCompatible(String name, BinarySerializer<T> serializer, T value)
            throws Exception {
        DataOutputSerializer out = new DataOutputSerializer(64);
        TypeSerializerSnapshot.writeVersionedSnapshot(out, serializer.snapshotConfiguration());
        TypeSerializerSnapshot<T> read = TypeSerializerSnapshot.readVersionedSnapshot(
                new DataInputDeserializer(out.getCopyOfBuffer()), getClass().getClassLoader());
        assertThat(read.restoreSerializer()).as(name).isEqualTo(serializer);
        assertThat(copy((BinarySerializer<T>) read.restoreSerializer(), value)).isEqualTo(value);
        assertThat(serializer
                        .snapshotConfiguration()
                        .resolveSchemaCompatibility(read)
                        .isCompatibleAsIs())
                .isTrue();
    }

    @Test
    void stateOfANewerVersionIsIncompatible() throws Exception {
        EnvelopeSerializer.Snapshot newer = new EnvelopeSerializer.Snapshot();
        newer.readSnapshot(
                1,
                new DataInputDeserializer(new byte[] {0, 0, 0, 2}),
                getClass().getClassLoader());
        assertThat(new EnvelopeSerializer.Snapshot()
                        .resolveSchemaCompatibility(newer)
                        .isIncompatible())
                .isTrue();
    }

    @Test
    void flinkFindsTheTypesByThemselves() {
        SerializerConfigImpl config = new SerializerConfigImpl();
        assertThat(TypeInformation.of(Envelope.class).createSerializer(config)).isEqualTo(EnvelopeSerializer.INSTANCE);
        assertThat(TypeInformation.of(Answer.class).createSerializer(config)).isEqualTo(AnswerSerializer.INSTANCE);
        assertThat(TypeInformation.of(DeadLetter.class)).isEqualTo(GenerateOutputs.DEAD_LETTERS.getTypeInfo());
        assertThat(TypeInformation.of(Preview.class)).isEqualTo(GenerateOutputs.PREVIEWS.getTypeInfo());
    }

    private static <T> byte[] bytes(BinarySerializer<T> serializer, T value) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(64);
        serializer.serialize(value, out);
        return out.getCopyOfBuffer();
    }

    private static <T> T copy(BinarySerializer<T> serializer, T value) throws IOException {
        DataOutputSerializer out = new DataOutputSerializer(64);
        serializer.copy(new DataInputDeserializer(bytes(serializer, value)), out);
        return serializer.deserialize(new DataInputDeserializer(out.getCopyOfBuffer()));
    }

    private static String golden(String name) throws IOException {
        String resource = "/serializer-v1/" + name + ".hex";
        try (InputStream in = BinarySerializerTest.class.getResourceAsStream(resource)) {
            return new String(Objects.requireNonNull(in, resource).readAllBytes(), StandardCharsets.US_ASCII).strip();
        }
    }
}
