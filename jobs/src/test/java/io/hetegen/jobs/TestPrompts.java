package io.hetegen.jobs;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/** Prompts with every kind of key, and headers. */
final class TestPrompts {

    private static final List<String> PRODUCTS = List.of("laptop", "phone", "speaker", "charger", "camera");

    private TestPrompts() {}

    /** Answers of some 35 tokens, greedy and sampled in turn. */
    static List<ProducerRecord<byte[], byte[]>> json(String topic, int partitions, int count, int maxTokens) {
        return json(topic, partitions, count, maxTokens, "0", "0.8");
    }

    /** Answers drawn nearly uniformly from the vocabulary: most are cut before they end. */
    static List<ProducerRecord<byte[], byte[]>> rambling(String topic, int partitions, int count, int maxTokens) {
        return json(topic, partitions, count, maxTokens, "100", "100");
    }

    private static List<ProducerRecord<byte[], byte[]>> json(
            String topic, int partitions, int count, int maxTokens, String even, String odd) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String value =
                    """
                    {"id": "p-%d", "messages": [{"role": "user", "content": "My %s number %d does not work, I want a refund."}],
                     "generation": {"maxTokens": %d, "temperature": %s, "seed": %d}, "attributes": {"n": "%d"}}
                    """.formatted(i, PRODUCTS.get(i % PRODUCTS.size()), i, maxTokens, i % 2 == 0 ? even : odd, i, i);
            ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                    topic, i % partitions, 1_700_000_000_000L + i, key(i), value.getBytes(StandardCharsets.UTF_8));
            record.headers()
                    .add(new RecordHeader("trace", ("t-" + i).getBytes(StandardCharsets.UTF_8)))
                    .add(new RecordHeader("trace", new byte[] {(byte) i, (byte) 0xFF}))
                    .add(new RecordHeader("nothing", null));
            records.add(record);
        }
        return records;
    }

    /** None, empty, binary, text; the latter three repeat. */
    static byte @Nullable [] key(int i) {
        return switch (i % 4) {
            case 0 -> null;
            case 1 -> new byte[0];
            case 2 -> new byte[] {0, (byte) (i % 5), (byte) 0xFF, (byte) 0xC0};
            default -> ("customer-" + i % 7).getBytes(StandardCharsets.UTF_8);
        };
    }
}
