package io.hetegen.operator;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInfo;
import org.jspecify.annotations.Nullable;

/**
 * An input record exactly as it came, before anything is understood of it. It stays with its prompt through the
 * operator's state to the answer or the dead letter, so that both can be written from the original bytes.
 *
 * @param timestamp of the record, milliseconds since the epoch
 * @param headers in their order; names may repeat
 * @param key null where the record has none, which is different from empty
 * @param value null for a tombstone
 */
@TypeInfo(EnvelopeSerializer.Factory.class)
public record Envelope(
        String topic,
        int partition,
        long offset,
        long timestamp,
        List<Header> headers,
        byte @Nullable [] key,
        byte @Nullable [] value) {

    /** Written out, because javac drops the annotations of a compact constructor's parameters from the class file. */
    public Envelope(
            String topic,
            int partition,
            long offset,
            long timestamp,
            List<Header> headers,
            byte @Nullable [] key,
            byte @Nullable [] value) {
        this.topic = topic;
        this.partition = partition;
        this.offset = offset;
        this.timestamp = timestamp;
        this.headers = List.copyOf(headers);
        this.key = key;
        this.value = value;
    }

    /** The timestamp as an instant. */
    public Instant time() {
        return Instant.ofEpochMilli(timestamp);
    }

    /** @param value null is kept apart from empty */
    public record Header(String name, byte @Nullable [] value) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Header header && name.equals(header.name) && Arrays.equals(value, header.value);
        }

        @Override
        public int hashCode() {
            return 31 * name.hashCode() + Arrays.hashCode(value);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Envelope that
                && topic.equals(that.topic)
                && partition == that.partition
                && offset == that.offset
                && timestamp == that.timestamp
                && headers.equals(that.headers)
                && Arrays.equals(key, that.key)
                && Arrays.equals(value, that.value);
    }

    @Override
    public int hashCode() {
        return Objects.hash(topic, partition, offset);
    }

    @Override
    public String toString() {
        return topic + "-" + partition + "@" + offset;
    }
}
