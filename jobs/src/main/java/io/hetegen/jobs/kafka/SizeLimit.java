package io.hetegen.jobs.kafka;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * The largest record that a topic takes. A record above it would come back as an error from the broker in every replay,
 * so its size is known before it is sent: in Kafka's record format version 2, counted to the upper bound of each part.
 *
 * @param bytes of the batch that holds this one record
 */
record SizeLimit(int bytes) implements Serializable {

    /** Below this not even an empty completion is sure to fit. */
    static final int LEAST_MESSAGE_BYTES = 16 * 1_024;

    // Batch header, and the record's own varints: length, attributes, timestamp, offset, number of headers.
    private static final int FIXED = 61 + 5 + 1 + 10 + 5 + 5;
    private static final int VARINT = 5;
    // What compression may add to bytes that do not compress.
    private static final int RESERVED_SHARE = 128;

    /** @param maxMessageBytes the topic's {@code max.message.bytes} */
    static SizeLimit ofTopic(int maxMessageBytes) {
        return new SizeLimit(maxMessageBytes - maxMessageBytes / RESERVED_SHARE);
    }

    /** What key and headers leave for the value; negative if they alone are too large. */
    int roomForValue(byte @Nullable [] key, Headers headers) {
        long room = (long) bytes - sizeWithoutValue(key, headers);
        return (int) Math.max(room, Integer.MIN_VALUE);
    }

    static long sizeWithoutValue(byte @Nullable [] key, Headers headers) {
        long size = FIXED + VARINT + length(key) + VARINT;
        for (Header header : headers) {
            size += VARINT + header.key().getBytes(StandardCharsets.UTF_8).length + VARINT + length(header.value());
        }
        return size;
    }

    private static int length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }
}
