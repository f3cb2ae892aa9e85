package io.hetegen.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hetegen.jobs.demo.EmbeddedBroker;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The assembled folder on a cluster of processes, as docs/deploy.md tells a user to install it. */
class StandaloneClusterITCase {

    private static final int TICKETS = 200;
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final TopicPartition OUTPUT = new TopicPartition("completions", 0);

    @Test
    @Timeout(value = 4, unit = TimeUnit.MINUTES)
    void aKilledTaskManagerLosesAndDoublesNothing(@TempDir Path folder) throws Exception {
        Path flinkLib = Path.of(System.getProperty("hetegen.flink"), "lib");
        try (EmbeddedBroker broker = EmbeddedBroker.start();
                StandaloneCluster cluster = new StandaloneCluster(Distribution.assembled(), flinkLib, folder)) {
            for (String topic : List.of("prompts", "completions", "completions-dead-letters")) {
                broker.createTopic(topic, 1);
            }
            produce(broker.bootstrapServers());
            cluster.startJobManager();
            // The Java kernels are slow enough for a kill in the middle; whatever kernels the second one has go on.
            Process first = cluster.startTaskManager("-Dhetegen.kernels=reference");
            cluster.submit(arguments(broker.bootstrapServers()));

            int committedBefore;
            try (KafkaConsumer<String, String> consumer = consumer(broker, "read_committed")) {
                committedBefore = awaitFirst(consumer, first, cluster);
            }
            // SIGKILL: no farewell, no last checkpoint.
            first.destroyForcibly().waitFor();
            assertThat(committedBefore).as("killed in the middle").isBetween(1, TICKETS - 1);
            Process second = cluster.startTaskManager();
            awaitEnd(second, cluster);

            assertThat(completions(broker))
                    .as(() -> cluster.log("jobmanager"))
                    .hasSize(TICKETS)
                    .allSatisfy((id, times) -> {
                        assertThat(id).startsWith("T2-");
                        assertThat(times).isEqualTo(1);
                    });
        }
    }

    private static List<String> arguments(String bootstrapServers) {
        return List.of(
                "--hetegen.kafka.bootstrap-servers",
                bootstrapServers,
                "--hetegen.kafka.input-topic",
                "prompts",
                "--hetegen.kafka.output-topic",
                "completions",
                "--hetegen.kafka.transactional-id-prefix",
                "standalone",
                "--hetegen.kafka.stop-at",
                "latest",
                "--hetegen.format",
                "json",
                "--hetegen.model.path",
                System.getProperty("hetegen.demo.model"),
                "--hetegen.engine.threads",
                "1",
                "--hetegen.generate.generating",
                "1");
    }

    private static int awaitFirst(
            KafkaConsumer<String, String> consumer, Process taskManager, StandaloneCluster cluster) {
        int committed = 0;
        while (committed == 0) {
            assertThat(taskManager.isAlive())
                    .as(() -> cluster.log("taskmanager"))
                    .isTrue();
            committed = consumer.poll(Duration.ofMillis(100)).count();
        }
        return committed;
    }

    private static void awaitEnd(Process taskManager, StandaloneCluster cluster) throws Exception {
        String state = cluster.jobState();
        while (!state.equals("FINISHED")) {
            assertThat(state).as(() -> cluster.log("jobmanager")).isNotEqualTo("FAILED");
            // Waiting for its end is waiting; and if it ends, the job never will.
            assertThat(taskManager.waitFor(200, TimeUnit.MILLISECONDS))
                    .as(() -> cluster.log("taskmanager"))
                    .isFalse();
            state = cluster.jobState();
        }
    }

    /** How often each id was committed. */
    private static Map<String, Integer> completions(EmbeddedBroker broker) throws Exception {
        Map<String, Integer> times = new HashMap<>();
        try (KafkaConsumer<String, String> consumer = consumer(broker, "read_committed")) {
            long end =
                    Objects.requireNonNull(consumer.endOffsets(List.of(OUTPUT)).get(OUTPUT));
            while (consumer.position(OUTPUT) < end) {
                for (var record : consumer.poll(Duration.ofMillis(100))) {
                    times.merge(MAPPER.readTree(record.value()).get("id").textValue(), 1, Integer::sum);
                }
            }
        }
        return times;
    }

    private static KafkaConsumer<String, String> consumer(EmbeddedBroker broker, String isolation) {
        KafkaConsumer<String, String> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", broker.bootstrapServers(), "isolation.level", isolation),
                new StringDeserializer(),
                new StringDeserializer());
        consumer.assign(List.of(OUTPUT));
        consumer.seekToBeginning(List.of(OUTPUT));
        return consumer;
    }

    private static void produce(String bootstrapServers) throws Exception {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", bootstrapServers), new StringSerializer(), new StringSerializer())) {
            for (JsonNode ticket : tickets()) {
                ObjectNode prompt =
                        MAPPER.createObjectNode().put("id", ticket.get("id").textValue());
                prompt.putArray("messages")
                        .addObject()
                        .put("role", "user")
                        .put("content", ticket.get("text").textValue());
                prompt.putObject("generation").put("maxTokens", 96);
                producer.send(new ProducerRecord<>(
                                "prompts", ticket.get("customer").textValue(), MAPPER.writeValueAsString(prompt)))
                        .get();
            }
        }
    }

    private static List<JsonNode> tickets() throws Exception {
        List<JsonNode> tickets = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(EmbeddedBroker.class.getResourceAsStream("/demo/tickets.jsonl")),
                StandardCharsets.UTF_8))) {
            while (tickets.size() < TICKETS) {
                tickets.add(MAPPER.readTree(lines.readLine()));
            }
        }
        return tickets;
    }
}
