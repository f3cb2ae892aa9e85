package io.hetegen.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.operator.Envelope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EnvelopeDeserializerTest {

    @Test
    void keepsEverything() {
        byte[] key = {0, (byte) 0xFF};
        byte[] value = {1};
        Envelope envelope = deserialize(
                key, value, new RecordHeaders().add("a", new byte[] {2}).add("a", null));

        assertThat(envelope)
                .isEqualTo(new Envelope(
                        "prompts",
                        3,
                        17L,
                        1_000L,
                        List.of(new Envelope.Header("a", new byte[] {2}), new Envelope.Header("a", null)),
                        key,
                        value));
    }

    @Test
    void keepsNullAndEmptyApart() {
        Envelope nothing = deserialize(null, null, new RecordHeaders());
        assertThat(nothing.key()).isNull();
        assertThat(nothing.value()).isNull();

        Envelope empty = deserialize(new byte[0], new byte[0], new RecordHeaders());
        assertThat(empty.key()).isEmpty();
        assertThat(empty.value()).isEmpty();
    }

    private static Envelope deserialize(byte @Nullable [] key, byte @Nullable [] value, Headers headers) {
        List<Envelope> out = new ArrayList<>();
        new EnvelopeDeserializer()
                .deserialize(
                        new ConsumerRecord<>(
                                "prompts",
                                3,
                                17L,
                                1_000L,
                                TimestampType.CREATE_TIME,
                                -1,
                                -1,
                                key,
                                value,
                                headers,
                                Optional.empty()),
                        new ListCollector<>(out));
        assertThat(out).hasSize(1);
        return out.get(0);
    }
}
