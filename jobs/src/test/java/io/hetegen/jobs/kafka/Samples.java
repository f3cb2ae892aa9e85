package io.hetegen.jobs.kafka;

import io.hetegen.engine.FinishReason;
import io.hetegen.engine.GenerationResult;
import io.hetegen.engine.ModelInfo;
import io.hetegen.engine.Numerics;
import io.hetegen.operator.Answer;
import io.hetegen.operator.Envelope;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Records for the tests of the serializers. */
final class Samples {

    static final ModelInfo MODEL = new ModelInfo("tiny", "llama", "00ff", 1, 512, 1_000);

    private Samples() {}

    static Envelope envelope(byte @Nullable [] key, byte @Nullable [] value, Envelope.Header... headers) {
        return new Envelope("prompts", 3, 17L, 1_000L, List.of(headers), key, value);
    }

    static Envelope.Header header(String name, int length) {
        return new Envelope.Header(name, "h".repeat(length).getBytes(StandardCharsets.UTF_8));
    }

    static Answer answer(Envelope envelope, String text, Map<String, String> attributes) {
        return new Answer(
                envelope,
                "id-1",
                attributes,
                text,
                12,
                3,
                FinishReason.STOP,
                MODEL,
                Numerics.REPRODUCIBLE,
                2,
                new GenerationResult.Timings(1_000_000L, 22_999_999L, 3_000_000_000L));
    }

    /** The last value of a header, as text. */
    static @Nullable String last(ProducerRecord<byte[], byte[]> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }
}
