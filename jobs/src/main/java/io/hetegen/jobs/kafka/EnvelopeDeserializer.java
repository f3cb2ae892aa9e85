package io.hetegen.jobs.kafka;

import io.hetegen.operator.Envelope;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** Takes a record in exactly as it is, null key and null value included; nothing is understood of it yet, so nothing can fail. */
public final class EnvelopeDeserializer implements KafkaRecordDeserializationSchema<Envelope> {

    private static final long serialVersionUID = 1L;

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Envelope> out) {
        List<Envelope.Header> headers = new ArrayList<>();
        for (Header header : record.headers()) {
            headers.add(new Envelope.Header(header.key(), header.value()));
        }
        out.collect(new Envelope(
                record.topic(),
                record.partition(),
                record.offset(),
                record.timestamp(),
                headers,
                record.key(),
                record.value()));
    }

    @Override
    public TypeInformation<Envelope> getProducedType() {
        return TypeInformation.of(Envelope.class);
    }
}
