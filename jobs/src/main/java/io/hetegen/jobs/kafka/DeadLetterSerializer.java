package io.hetegen.jobs.kafka;

import io.hetegen.jobs.serde.OneLine;
import io.hetegen.operator.DeadLetter;
import java.util.Arrays;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Writes a dead letter: the original key and value byte for byte, the original headers, and the reason in headers of the
 * job. A value that the topic does not take is cut, with the original's length and hash in headers.
 */
final class DeadLetterSerializer implements KafkaRecordSerializationSchema<DeadLetter> {

    private static final long serialVersionUID = 1L;
    private static final int MAX_MESSAGE_LENGTH = 1_000;

    private final String topic;
    private final SizeLimit limit;
    private final SinkCounter truncated = new SinkCounter("hetegen.truncatedDeadLetters");

    DeadLetterSerializer(String topic, SizeLimit limit) {
        this.topic = topic;
        this.limit = limit;
    }

    @Override
    public void open(SerializationSchema.InitializationContext context, KafkaSinkContext sinkContext) {
        truncated.open(context);
    }

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
            DeadLetter letter, KafkaSinkContext context, @Nullable Long timestamp) {
        byte[] value = letter.envelope().value();
        RecordFrame frame = RecordFrame.fit(letter.envelope(), headers(letter), limit);
        if (value != null && value.length > frame.roomForValue()) {
            Headers own = headers(letter);
            OutputHeaders.add(own, OutputHeaders.VALUE_LENGTH, value.length);
            OutputHeaders.add(own, OutputHeaders.VALUE_SHA256, Sha256.hex(value));
            frame = RecordFrame.fit(letter.envelope(), own, limit);
            truncated.inc();
            return frame.record(topic, Arrays.copyOf(value, frame.roomForValue()));
        }
        if (frame.cut()) {
            truncated.inc();
        }
        return frame.record(topic, value);
    }

    private static Headers headers(DeadLetter letter) {
        Headers own = OutputHeaders.origin(letter.envelope(), letter.attempt());
        OutputHeaders.add(own, OutputHeaders.CAUSE, letter.cause().label());
        OutputHeaders.add(own, OutputHeaders.MESSAGE, OneLine.of(letter.message(), MAX_MESSAGE_LENGTH));
        return own;
    }
}
