package io.hetegen.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.operator.DeadLetter;
import io.hetegen.operator.Envelope;
import java.util.Arrays;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.junit.jupiter.api.Test;

class DeadLetterSerializerTest {

    private static final int LIMIT = 16 * 1_024;

    private final DeadLetterSerializer serializer = new DeadLetterSerializer("letters", new SizeLimit(LIMIT));

    @Test
    void writesTheOriginalBytesWithTheReason() {
        byte[] key = {(byte) 0x80, 0};
        byte[] value = {(byte) 0xC3, 1, (byte) 0xFF};
        Envelope envelope = Samples.envelope(key, value, Samples.header("a", 1), new Envelope.Header("b", null));

        ProducerRecord<byte[], byte[]> record =
                serialize(new DeadLetter(envelope, DeadLetter.Cause.UNDECODABLE, "not\nAvro\u001b[2J", 4));

        assertThat(record.topic()).isEqualTo("letters");
        assertThat(record.key()).isEqualTo(key);
        assertThat(record.value()).isEqualTo(value);
        assertThat(record.headers().toArray())
                .extracting(Header::key)
                .containsExactly(
                        "a",
                        "b",
                        "hetegen-topic",
                        "hetegen-partition",
                        "hetegen-offset",
                        "hetegen-timestamp",
                        "hetegen-attempt",
                        "hetegen-cause",
                        "hetegen-message");
        assertThat(record.headers().lastHeader("b").value()).isNull();
        assertThat(Samples.last(record, OutputHeaders.CAUSE)).isEqualTo("undecodable");
        assertThat(Samples.last(record, OutputHeaders.MESSAGE)).isEqualTo("not\\u{A}Avro\\u{1B}[2J");
        assertThat(Samples.last(record, OutputHeaders.ATTEMPT)).isEqualTo("4");
        assertThat(Samples.last(record, OutputHeaders.OFFSET)).isEqualTo("17");
    }

    @Test
    void keepsNullAndEmptyApart() {
        ProducerRecord<byte[], byte[]> nothing = serialize(letter(Samples.envelope(null, null)));
        ProducerRecord<byte[], byte[]> empty = serialize(letter(Samples.envelope(new byte[0], new byte[0])));

        assertThat(nothing.key()).isNull();
        assertThat(nothing.value()).isNull();
        assertThat(empty.key()).isEmpty();
        assertThat(empty.value()).isEmpty();
    }

    @Test
    void cutsAValueThatDoesNotFitAndSaysSo() {
        byte[] value = new byte[LIMIT + 1];
        new Random(1).nextBytes(value);

        ProducerRecord<byte[], byte[]> record = serialize(letter(Samples.envelope(new byte[] {1}, value)));

        assertThat(RecordSizes.packed(record)).isBetween(LIMIT - 128, LIMIT);
        assertThat(record.value()).isEqualTo(Arrays.copyOf(value, record.value().length));
        assertThat(Samples.last(record, OutputHeaders.VALUE_LENGTH)).isEqualTo("16385");
        assertThat(Samples.last(record, OutputHeaders.VALUE_SHA256)).isEqualTo(Sha256.hex(value));
        assertThat(Samples.last(record, OutputHeaders.CAUSE)).isEqualTo("invalid-request");
    }

    @Test
    void boundsTheMessage() {
        ProducerRecord<byte[], byte[]> record = serialize(new DeadLetter(
                Samples.envelope(null, new byte[0]), DeadLetter.Cause.GENERATION_FAILED, "x".repeat(5_000), 1));

        assertThat(Samples.last(record, OutputHeaders.MESSAGE)).hasSize(1_000).endsWith("…");
    }

    private static DeadLetter letter(Envelope envelope) {
        return new DeadLetter(envelope, DeadLetter.Cause.INVALID_REQUEST, "why", 1);
    }

    private ProducerRecord<byte[], byte[]> serialize(DeadLetter letter) {
        return serializer.serialize(letter, new TestSinkContext(), null);
    }
}
