package io.hetegen.jobs.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * How the job meets Kafka.
 *
 * @param previewTopic empty: no previews are written
 * @param transactionalIdPrefix of this job; completions and dead letters get one each behind it
 * @param toleratedOutage how long the job may be down without losing what its last checkpoint has committed
 * @param createTopics whether topics that are missing are created
 * @param partitions of topics that are created
 * @param stopAtLatest whether the job ends at the offsets that were the latest when it started
 * @param properties for every Kafka client
 */
public record KafkaSettings(
        String bootstrapServers,
        String inputTopic,
        String outputTopic,
        String deadLetterTopic,
        Optional<String> previewTopic,
        String groupId,
        String transactionalIdPrefix,
        Duration transactionTimeout,
        Duration toleratedOutage,
        boolean createTopics,
        int partitions,
        boolean stopAtLatest,
        Map<String, String> properties) {

    public KafkaSettings {
        properties = Map.copyOf(properties);
    }

    List<String> topics() {
        List<String> topics = new ArrayList<>(List.of(inputTopic, outputTopic, deadLetterTopic));
        previewTopic.ifPresent(topics::add);
        return topics;
    }

    Properties clientProperties() {
        Properties client = new Properties();
        client.putAll(properties);
        client.setProperty("bootstrap.servers", bootstrapServers);
        return client;
    }
}
