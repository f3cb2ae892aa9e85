package io.hetegen.jobs.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the broker before the job starts what would otherwise go wrong while it runs: whether the topics are there, how
 * large their messages may be, and how long a transaction may stay open.
 */
final class TransactionCheck {

    private static final Logger LOG = LoggerFactory.getLogger(TransactionCheck.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final String MAX_MESSAGE_BYTES = "max.message.bytes";
    /** What a dead letter may be larger than the record it holds: the job's headers. */
    private static final int DEAD_LETTER_HEADROOM = 16 * 1_024;

    private final KafkaSettings settings;

    TransactionCheck(KafkaSettings settings) {
        this.settings = settings;
    }

    /** @param maxMessageBytes by topic */
    record Broker(Map<String, Integer> maxMessageBytes, Duration maxTransactionTimeout) {}

    /** @throws TopicException if the job cannot run on this broker */
    Broker ask() throws InterruptedException {
        Properties client = settings.clientProperties();
        client.setProperty("default.api.timeout.ms", Long.toString(TIMEOUT.toMillis()));
        client.setProperty("request.timeout.ms", Long.toString(TIMEOUT.toMillis() / 2));
        try (Admin admin = Admin.create(client)) {
            List<String> missing = missing(admin);
            List<String> existing = new ArrayList<>(settings.topics());
            existing.removeAll(missing);
            Map<String, Integer> sizes = sizes(admin, existing);
            if (!missing.isEmpty()) {
                create(admin, missing, sizes);
            }
            checkSizes(sizes);
            return new Broker(sizes, maxTransactionTimeout(admin));
        } catch (KafkaException e) {
            throw unreachable(e);
        }
    }

    private List<String> missing(Admin admin) throws InterruptedException {
        List<String> missing = new ArrayList<>(settings.topics());
        missing.removeAll(await(admin.listTopics().names(), "list the topics"));
        return missing;
    }

    private void create(Admin admin, List<String> missing, Map<String, Integer> sizes) throws InterruptedException {
        if (!settings.createTopics()) {
            throw new TopicException("topic " + String.join(", ", missing) + " does not exist at "
                    + settings.bootstrapServers()
                    + ": create it, correct its name, or set hetegen.kafka.create-topics to true");
        }
        if (missing.contains(settings.inputTopic())) {
            sizes.put(settings.inputTopic(), createTopic(admin, settings.inputTopic(), Map.of()));
        }
        int input = size(sizes, settings.inputTopic());
        for (String topic : missing) {
            if (topic.equals(settings.deadLetterTopic())) {
                // So that the largest record that comes in can go out again, whole, with the reason.
                Map<String, String> room =
                        Map.of(MAX_MESSAGE_BYTES, Integer.toString(input + 4 * DEAD_LETTER_HEADROOM));
                sizes.put(topic, createTopic(admin, topic, room));
            } else if (!topic.equals(settings.inputTopic())) {
                sizes.put(topic, createTopic(admin, topic, Map.of()));
            }
        }
        CreatedTopics.await(admin, missing);
    }

    /**
     * The largest message of the new topic, from the creation's own answer: another broker may not know of the topic for
     * a moment yet.
     */
    private int createTopic(Admin admin, String name, Map<String, String> configuration) throws InterruptedException {
        NewTopic topic =
                new NewTopic(name, Optional.of(settings.partitions()), Optional.empty()).configs(configuration);
        Config created = await(admin.createTopics(List.of(topic)).config(name), "create topic " + name);
        LOG.info("Created topic {} with {} partitions {}", name, settings.partitions(), configuration);
        return maxMessageBytes(created);
    }

    private static int maxMessageBytes(Config topic) {
        return (int) Math.min(number(topic, MAX_MESSAGE_BYTES), Integer.MAX_VALUE);
    }

    private Map<String, Integer> sizes(Admin admin, List<String> topics) throws InterruptedException {
        List<ConfigResource> resources = topics.stream()
                .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
                .toList();
        Map<ConfigResource, Config> configs =
                await(admin.describeConfigs(resources).all(), "read " + MAX_MESSAGE_BYTES + " of " + topics);
        Map<String, Integer> sizes = new HashMap<>();
        configs.forEach((resource, config) -> sizes.put(resource.name(), maxMessageBytes(config)));
        return sizes;
    }

    private void checkSizes(Map<String, Integer> sizes) {
        for (String topic : settings.topics()) {
            if (!topic.equals(settings.inputTopic()) && size(sizes, topic) < SizeLimit.LEAST_MESSAGE_BYTES) {
                throw new TopicException("topic " + topic + " takes messages of at most " + size(sizes, topic)
                        + " bytes, but at least " + SizeLimit.LEAST_MESSAGE_BYTES + " are needed: raise its "
                        + MAX_MESSAGE_BYTES);
            }
        }
        int input = size(sizes, settings.inputTopic());
        int letters = size(sizes, settings.deadLetterTopic());
        if (letters < input + DEAD_LETTER_HEADROOM) {
            LOG.warn(
                    "Topic {} takes messages of at most {} bytes and {} of {}: a dead letter of more than about {} bytes"
                            + " will be cut. Raise {} of {} to {} to keep them whole.",
                    settings.deadLetterTopic(),
                    letters,
                    settings.inputTopic(),
                    input,
                    letters - DEAD_LETTER_HEADROOM,
                    MAX_MESSAGE_BYTES,
                    settings.deadLetterTopic(),
                    input + DEAD_LETTER_HEADROOM);
        }
    }

    private Duration maxTransactionTimeout(Admin admin) throws InterruptedException {
        String node = await(admin.describeCluster().nodes(), "describe the cluster").stream()
                .findFirst()
                .orElseThrow(() -> new TopicException("the Kafka cluster has no broker"))
                .idString();
        ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, node);
        Config config = await(
                        admin.describeConfigs(List.of(broker)).all(), "read transaction.max.timeout.ms of the broker")
                .get(broker);
        if (config == null) {
            throw new TopicException("broker " + node + " does not tell its transaction.max.timeout.ms");
        }
        return Duration.ofMillis(number(config, "transaction.max.timeout.ms"));
    }

    private static int size(Map<String, Integer> sizes, String topic) {
        Integer size = sizes.get(topic);
        if (size == null) {
            throw new TopicException("the broker does not tell " + MAX_MESSAGE_BYTES + " of topic " + topic);
        }
        return size;
    }

    private static long number(Config config, String name) {
        ConfigEntry entry = config.get(name);
        if (entry == null || entry.value() == null) {
            throw new TopicException("the broker does not tell its " + name);
        }
        return Long.parseLong(entry.value());
    }

    private <T> T await(KafkaFuture<T> future, String what) throws InterruptedException {
        try {
            return future.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new TopicException(
                    "cannot " + what + " at " + settings.bootstrapServers() + ": " + reason(e)
                            + "; check hetegen.kafka.bootstrap-servers and the permissions of this user",
                    e);
        } catch (TimeoutException e) {
            throw unreachable(e);
        }
    }

    private TopicException unreachable(Exception e) {
        return new TopicException(
                "Kafka at " + settings.bootstrapServers() + " does not answer: " + reason(e)
                        + "; check hetegen.kafka.bootstrap-servers and hetegen.kafka.properties",
                e);
    }

    /** The innermost cause's: what Kafka puts around it names only the class. */
    private static String reason(Exception e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }
}
