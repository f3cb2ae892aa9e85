package io.hetegen.jobs.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;

class EmbeddedBrokerITCase {

    @Test
    void keepsTransactionsApartAndStopsTwice() throws Exception {
        EmbeddedBroker broker = EmbeddedBroker.start();
        try (broker) {
            broker.createTopic("letters", 1);
            Map<String, Object> servers = Map.of("bootstrap.servers", broker.bootstrapServers());
            write(servers, "aborted", false);
            write(servers, "committed", true);

            Map<String, Object> settings =
                    Map.of("bootstrap.servers", broker.bootstrapServers(), "isolation.level", "read_committed");
            try (KafkaConsumer<String, String> consumer =
                    new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
                TopicPartition partition = new TopicPartition("letters", 0);
                consumer.assign(List.of(partition));
                consumer.seekToBeginning(consumer.assignment());
                ConsumerRecords<String, String> records = consumer.poll(Duration.ofSeconds(20));
                assertThat(records.records(partition))
                        .singleElement()
                        .satisfies(record -> assertThat(record.value()).isEqualTo("committed"));
            }
        }
        broker.close();
    }

    @Test
    void refusesATopicThatNobodyCreated() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start();
                KafkaProducer<String, String> producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", broker.bootstrapServers(), "max.block.ms", "500"),
                        new StringSerializer(),
                        new StringSerializer())) {
            assertThatThrownBy(() ->
                            producer.send(new ProducerRecord<>("lettres", "x")).get())
                    .hasRootCauseInstanceOf(UnknownTopicOrPartitionException.class)
                    .hasCauseInstanceOf(TimeoutException.class);
        }
    }

    /** A topic that may not keep anything shows when the broker has looked for what is too old. */
    @Test
    void keepsRecordsWithOldTimestamps() throws Exception {
        Map<String, String> often = Map.of("log.initial.task.delay.ms", "50", "log.retention.check.interval.ms", "50");
        try (EmbeddedBroker broker = EmbeddedBroker.start(often)) {
            broker.createTopic("kept", 1);
            broker.createTopic("short-lived", 1, Map.of("retention.ms", "1"));
            Map<String, Object> servers = Map.of("bootstrap.servers", broker.bootstrapServers());
            TopicPartition kept = new TopicPartition("kept", 0);
            TopicPartition shortLived = new TopicPartition("short-lived", 0);
            try (KafkaProducer<String, String> producer =
                    new KafkaProducer<>(servers, new StringSerializer(), new StringSerializer())) {
                for (TopicPartition partition : List.of(kept, shortLived)) {
                    producer.send(new ProducerRecord<>(partition.topic(), 0, 1L, null, "of 1970"))
                            .get();
                }
            }
            try (KafkaConsumer<String, String> consumer =
                    new KafkaConsumer<>(servers, new StringDeserializer(), new StringDeserializer())) {
                List<TopicPartition> both = List.of(kept, shortLived);
                Map<TopicPartition, Long> first = consumer.beginningOffsets(both);
                while (Long.valueOf(0).equals(first.get(shortLived))) {
                    first = consumer.beginningOffsets(both);
                }
                assertThat(first.get(kept)).isZero();
            }
        }
    }

    private static void write(Map<String, Object> servers, String text, boolean commit) {
        Map<String, Object> settings = new HashMap<>(servers);
        settings.put("transactional.id", text);
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("letters", text));
            producer.flush();
            if (commit) {
                producer.commitTransaction();
            } else {
                producer.abortTransaction();
            }
        }
    }
}
