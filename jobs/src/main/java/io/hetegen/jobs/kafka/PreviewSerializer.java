package io.hetegen.jobs.kafka;

import io.hetegen.jobs.serde.Format;
import io.hetegen.jobs.serde.OutputEncoder;
import io.hetegen.operator.Preview;
import io.hetegen.schemas.TokenPreview;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** Writes a preview with the input's key. One that the topic does not take is dropped with a count: the answer follows. */
final class PreviewSerializer implements KafkaRecordSerializationSchema<Preview> {

    private static final long serialVersionUID = 1L;

    private final String topic;
    private final SizeLimit limit;
    private final OutputEncoder encoder;
    private final SinkCounter dropped = new SinkCounter("hetegen.droppedPreviews");

    PreviewSerializer(String topic, SizeLimit limit, Format format) {
        this.topic = topic;
        this.limit = limit;
        this.encoder = format.outputEncoder();
    }

    @Override
    public void open(SerializationSchema.InitializationContext context, KafkaSinkContext sinkContext) {
        dropped.open(context);
    }

    /** @return null, which the sink skips, for a preview that is too large */
    @Override
    public @Nullable ProducerRecord<byte[], byte[]> serialize(
            Preview preview, KafkaSinkContext context, @Nullable Long timestamp) {
        byte[] value =
                encoder.encode(new TokenPreview(preview.id(), preview.index(), preview.text(), preview.attempt()));
        if (value.length > limit.roomForValue(preview.key(), new RecordHeaders())) {
            dropped.inc();
            return null;
        }
        return new ProducerRecord<>(topic, preview.key(), value);
    }
}
