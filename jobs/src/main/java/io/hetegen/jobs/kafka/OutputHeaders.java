package io.hetegen.jobs.kafka;

import io.hetegen.operator.Envelope;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * The headers that the job adds behind those of the input record. Values are UTF-8 text, numbers in decimal. Where an
 * input record carries one of these names already (a dead letter that was sent again), the last one is the job's.
 */
public final class OutputHeaders {

    /** How often the prompt was taken up; 1 without a failure. */
    public static final String ATTEMPT = "hetegen-attempt";
    /** Where the input record was. */
    public static final String TOPIC = "hetegen-topic";

    public static final String PARTITION = "hetegen-partition";
    public static final String OFFSET = "hetegen-offset";
    /** The input record's timestamp, in milliseconds since the epoch. */
    public static final String TIMESTAMP = "hetegen-timestamp";

    /** Completions only: milliseconds of this run from submission to the first prefill chunk. */
    public static final String QUEUED_MILLIS = "hetegen-queued-ms";
    /** From there to the first token that this run generated. */
    public static final String PREFILL_MILLIS = "hetegen-prefill-ms";
    /** From there to the last token. */
    public static final String DECODE_MILLIS = "hetegen-decode-ms";

    /** Dead letters only: why there is no completion, one of {@link io.hetegen.operator.DeadLetter.Cause}'s labels. */
    public static final String CAUSE = "hetegen-cause";
    /** Dead letters only: the reason in one line for people. */
    public static final String MESSAGE = "hetegen-message";

    /** Dead letters whose value was cut: length in bytes and SHA-256 (hex) of the original value. */
    public static final String VALUE_LENGTH = "hetegen-value-length";

    public static final String VALUE_SHA256 = "hetegen-value-sha256";
    /** Records whose key did not fit and was left out: length in bytes and SHA-256 (hex) of the original key. */
    public static final String KEY_LENGTH = "hetegen-key-length";

    public static final String KEY_SHA256 = "hetegen-key-sha256";
    /** Records whose input headers did not fit and were left out: how many. */
    public static final String HEADERS_DROPPED = "hetegen-headers-dropped";

    private OutputHeaders() {}

    static Headers carriedThrough(List<Envelope.Header> headers) {
        RecordHeaders carried = new RecordHeaders();
        headers.forEach(header -> carried.add(header.name(), header.value()));
        return carried;
    }

    static Headers origin(Envelope envelope, int attempt) {
        Headers headers = new RecordHeaders();
        add(headers, TOPIC, envelope.topic());
        add(headers, PARTITION, envelope.partition());
        add(headers, OFFSET, envelope.offset());
        add(headers, TIMESTAMP, envelope.timestamp());
        add(headers, ATTEMPT, attempt);
        return headers;
    }

    static void add(Headers headers, String name, Object value) {
        headers.add(name, value.toString().getBytes(StandardCharsets.UTF_8));
    }
}
