package io.hetegen.jobs;

import io.hetegen.jobs.kafka.OutputHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** The committed output of a job, by the position of the input record that it answers. */
record Outcomes(Map<String, List<ConsumerRecord<byte[], byte[]>>> byOrigin) {

    static Outcomes of(TestTopics topics, String... names) {
        Map<String, List<ConsumerRecord<byte[], byte[]>>> byOrigin = new HashMap<>();
        for (String name : names) {
            topics.committed(name)
                    .forEach(record -> byOrigin.computeIfAbsent(origin(record), none -> new ArrayList<>())
                            .add(record));
        }
        return new Outcomes(byOrigin);
    }

    int missing(int inputs) {
        return inputs - byOrigin.size();
    }

    long doubled() {
        return byOrigin.values().stream().filter(records -> records.size() > 1).count();
    }

    ConsumerRecord<byte[], byte[]> at(int partition, long offset) {
        return Objects.requireNonNull(
                        byOrigin.get(partition + "@" + offset), "no outcome of " + partition + "@" + offset)
                .get(0);
    }

    List<ConsumerRecord<byte[], byte[]>> all() {
        return byOrigin.values().stream().flatMap(List::stream).toList();
    }

    static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        Header header = Objects.requireNonNull(record.headers().lastHeader(name), "no header " + name);
        return new String(header.value(), StandardCharsets.UTF_8);
    }

    static String text(ConsumerRecord<byte[], byte[]> record) {
        return new String(record.value(), StandardCharsets.UTF_8);
    }

    private static String origin(ConsumerRecord<byte[], byte[]> record) {
        return header(record, OutputHeaders.PARTITION) + "@" + header(record, OutputHeaders.OFFSET);
    }
}
