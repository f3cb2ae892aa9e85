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
