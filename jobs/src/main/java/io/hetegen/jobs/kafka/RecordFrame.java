package io.hetegen.jobs.kafka;

import io.hetegen.operator.Envelope;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Key and headers of an output record, fitted so that at least half of the topic's limit is left for the value: the
 * input's key and headers as they came, else without the headers, else without the key as well; what is left out is
 * named in headers of its own.
 */
record RecordFrame(byte @Nullable [] key, Headers headers, int roomForValue, boolean cut) {

    /** @param own the job's own headers for this record */
    static RecordFrame fit(Envelope envelope, Headers own, SizeLimit limit) {
        int half = limit.bytes() / 2;
        byte[] key = envelope.key();
        Headers headers = OutputHeaders.carriedThrough(envelope.headers());
        own.forEach(headers::add);
        if (limit.roomForValue(key, headers) >= half) {
            return new RecordFrame(key, headers, limit.roomForValue(key, headers), false);
        }
        if (!envelope.headers().isEmpty()) {
            OutputHeaders.add(
                    own, OutputHeaders.HEADERS_DROPPED, envelope.headers().size());
        }
        if (key != null && limit.roomForValue(key, own) < half) {
            OutputHeaders.add(own, OutputHeaders.KEY_LENGTH, key.length);
            OutputHeaders.add(own, OutputHeaders.KEY_SHA256, Sha256.hex(key));
            return new RecordFrame(null, own, limit.roomForValue(null, own), true);
        }
        return new RecordFrame(key, own, limit.roomForValue(key, own), true);
    }

    /** The record without a time of its own: the broker refuses times far from now, and the producer's clock is right. */
    ProducerRecord<byte[], byte[]> record(String topic, byte @Nullable [] value) {
        return new ProducerRecord<>(topic, null, null, key, value, headers);
    }
}
