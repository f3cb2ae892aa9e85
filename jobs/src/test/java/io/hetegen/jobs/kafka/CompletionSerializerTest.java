package io.hetegen.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.GenerationResult;
import io.hetegen.jobs.serde.Format;
import io.hetegen.operator.Answer;
import io.hetegen.operator.Envelope;
import io.hetegen.schemas.Completion;
import io.hetegen.schemas.Truncation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompletionSerializerTest {

    private static final int LIMIT = 16 * 1_024;
    private static final KafkaRecordSerializationSchema.KafkaSinkContext CONTEXT = new TestSinkContext();

    @Test
    void keepsKeyAndHeadersAndAddsItsOwn() {
        byte[] key = {0, (byte) 0xFF};
        Envelope envelope =
                Samples.envelope(key, new byte[0], new Envelope.Header("a", new byte[] {1}), Samples.header("a", 2));

        ProducerRecord<byte[], byte[]> record = serialize(Samples.answer(envelope, "text", Map.of()), LIMIT);

        assertThat(record.topic()).isEqualTo("completions");
        assertThat(record.key()).isEqualTo(key);
        assertThat(record.partition()).isNull();
        assertThat(record.timestamp()).isNull();
        assertThat(record.headers().headers("a"))
                .extracting(Header::value)
                .containsExactly(new byte[] {1}, "hh".getBytes(StandardCharsets.UTF_8));
        assertThat(Samples.last(record, OutputHeaders.TOPIC)).isEqualTo("prompts");
        assertThat(Samples.last(record, OutputHeaders.PARTITION)).isEqualTo("3");
        assertThat(Samples.last(record, OutputHeaders.OFFSET)).isEqualTo("17");
        assertThat(Samples.last(record, OutputHeaders.TIMESTAMP)).isEqualTo("1000");
        assertThat(Samples.last(record, OutputHeaders.ATTEMPT)).isEqualTo("2");
        assertThat(Samples.last(record, OutputHeaders.QUEUED_MILLIS)).isEqualTo("1");
        assertThat(Samples.last(record, OutputHeaders.PREFILL_MILLIS)).isEqualTo("22");
        assertThat(Samples.last(record, OutputHeaders.DECODE_MILLIS)).isEqualTo("3000");
    }

    @Test
    void writesNothingThatAReplayWouldChangeIntoTheValue() {
        Envelope envelope = Samples.envelope(null, new byte[0]);
        Answer first = Samples.answer(envelope, "text", Map.of("a", "b"));
        Answer replayed = new Answer(
                envelope,
                first.id(),
                first.attributes(),
                first.text(),
                first.promptTokens(),
                first.generatedTokens(),
                first.finishReason(),
                first.model(),
                first.numerics(),
                9,
                new GenerationResult.Timings(9L, 9L, 9L));

        assertThat(serialize(replayed, LIMIT).value())
                .isEqualTo(serialize(first, LIMIT).value());
    }

    @ParameterizedTest
    @EnumSource
    void cutsATextThatDoesNotFitAtACharacterAndSaysSo(Format format) throws IOException {
        String text = "é👋\n".repeat(10_000);
        Answer answer = Samples.answer(Samples.envelope(null, new byte[0]), text, Map.of("a", "b"));
        SizeLimit limit = new SizeLimit(LIMIT);

        ProducerRecord<byte[], byte[]> record =
                new CompletionSerializer("completions", limit, format).serialize(answer, CONTEXT, null);

        assertThat(RecordSizes.packed(record)).isBetween(LIMIT - 128, LIMIT);
        if (format == Format.AVRO) {
            Completion completion = Completion.fromByteBuffer(ByteBuffer.wrap(record.value()));
            assertThat(text).startsWith(completion.getText());
            assertThat(completion.getText()).doesNotEndWith("\ud83d");
            assertThat(completion.getAttributes()).isEqualTo(Map.of("a", "b"));
            assertThat(completion.getTruncation())
                    .isEqualTo(new Truncation(70_000L, Sha256.hex(text.getBytes(StandardCharsets.UTF_8)), false));
        } else {
            assertThat(new String(record.value(), StandardCharsets.UTF_8))
                    .contains("\"attributes\":{\"a\":\"b\"},\"truncation\":{\"textLength\":70000,");
        }
    }

    @Test
    void dropsAttributesThatDoNotFitEvenWithoutText() throws IOException {
        Answer answer =
                Samples.answer(Samples.envelope(null, new byte[0]), "short", Map.of("a", "b".repeat(2 * LIMIT)));

        ProducerRecord<byte[], byte[]> record = serialize(answer, LIMIT);

        Completion completion = Completion.fromByteBuffer(ByteBuffer.wrap(record.value()));
        assertThat(completion.getText()).isEqualTo("short");
        assertThat(completion.getAttributes()).isEmpty();
        assertThat(completion.getTruncation().getAttributesDropped()).isTrue();
    }

    @Test
    void dropsHeadersThenTheKeyWhereTheyLeaveNoRoom() {
        byte[] key = new byte[LIMIT / 4];
        Envelope manyHeaders = Samples.envelope(key, new byte[0], Samples.header("h", LIMIT));

        ProducerRecord<byte[], byte[]> record = serialize(Samples.answer(manyHeaders, "text", Map.of()), LIMIT);

        assertThat(record.key()).isEqualTo(key);
        assertThat(record.headers().lastHeader("h")).isNull();
        assertThat(Samples.last(record, OutputHeaders.HEADERS_DROPPED)).isEqualTo("1");

        byte[] hugeKey = new byte[LIMIT];
        record = serialize(Samples.answer(Samples.envelope(hugeKey, new byte[0]), "text", Map.of()), LIMIT);

        assertThat(record.key()).isNull();
        assertThat(Samples.last(record, OutputHeaders.KEY_LENGTH)).isEqualTo("16384");
        assertThat(Samples.last(record, OutputHeaders.KEY_SHA256)).isEqualTo(Sha256.hex(hugeKey));
        assertThat(Samples.last(record, OutputHeaders.ATTEMPT)).isEqualTo("2");
    }

    /** Around the limit every length is tried: one byte too many would be a record that the broker refuses for ever. */
    @ParameterizedTest
    @ValueSource(ints = {0, 100, 7_000})
    void neverPassesTheLimit(int keyLength) {
        Envelope envelope = Samples.envelope(new byte[keyLength], new byte[0], Samples.header("h", 10));
        int cut = 0;
        for (int length = LIMIT - keyLength - 700; length < LIMIT - keyLength + 10; length++) {
            ProducerRecord<byte[], byte[]> record =
                    serialize(Samples.answer(envelope, "x".repeat(Math.max(0, length)), Map.of()), LIMIT);
            assertThat(RecordSizes.packed(record)).isLessThanOrEqualTo(LIMIT);
            cut += record.value().length < length ? 1 : 0;
        }
        assertThat(cut).isPositive();
    }

    private static ProducerRecord<byte[], byte[]> serialize(Answer answer, int limit) {
        return new CompletionSerializer("completions", new SizeLimit(limit), Format.AVRO)
                .serialize(answer, CONTEXT, null);
    }
}
