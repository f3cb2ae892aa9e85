package io.hetegen.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Every record that a stranger may send has exactly one outcome, the right one, and disturbs no other. */
@EnabledIfSystemProperty(named = "hetegen.fixtures", matches = ".+")
class HostileRecordsFixtureITCase {

    private static final JsonMapper JSON = new JsonMapper();

    private static JobCluster cluster;

    @BeforeAll
    static void start() throws Exception {
        cluster = JobCluster.start(1);
    }

    @AfterAll
    static void stop() throws Exception {
        cluster.close();
    }

    private record Sample(String name, byte @Nullable [] key, byte @Nullable [] value, List<String> allowed) {

        static Sample parse(String line) {
            try {
                JsonNode node = JSON.readTree(line);
                byte[] value = node.has("value_json")
                        ? JSON.writeValueAsBytes(node.get("value_json"))
                        : bytes(node.get("value_base64"));
                List<String> allowed =
                        new ArrayList<>(List.of(node.get("expect").asText()));
                if (node.has("or")) {
                    allowed.add(node.get("or").asText());
                }
                // Structured output is refused today, which is the right outcome for a job that cannot give it.
                if (node.at("/value_json/generation/jsonSchema").isContainerNode()) {
                    allowed.add("dead-letter");
                }
                return new Sample(node.get("name").asText(), bytes(node.get("key_base64")), value, allowed);
            } catch (JsonProcessingException e) {
                throw new AssertionError(e);
            }
        }

        private static byte @Nullable [] bytes(@Nullable JsonNode base64) {
            return base64 == null || base64.isNull()
                    ? null
                    : Base64.getDecoder().decode(base64.asText());
        }
    }

    @Test
    void everyRecordHasOneOutcome() throws Exception {
        List<Sample> samples = samples();
        long start = System.nanoTime();
        // Without a restart strategy any failure of a task is the end of the job.
        run("hostile", samples);
        System.out.printf("%d hostile records: %.1f s%n", samples.size(), (System.nanoTime() - start) / 1e9);

        Outcomes completions = Outcomes.of(cluster.topics(), "hostile-out");
        Outcomes letters = Outcomes.of(cluster.topics(), "hostile-out-dead-letters");
        assertThat(completions.doubled() + letters.doubled()).as("doubled").isZero();

        Map<String, String> wrong = new HashMap<>();
        for (int i = 0; i < samples.size(); i++) {
            Sample sample = samples.get(i);
            String position = "0@" + i;
            boolean completed = completions.byOrigin().containsKey(position);
            boolean dead = letters.byOrigin().containsKey(position);
            String outcome = completed ? dead ? "both" : "completion" : dead ? "dead-letter" : "skip";
            if (!sample.allowed().contains(outcome)) {
                wrong.put(sample.name(), outcome + " instead of " + sample.allowed());
            }
            if (dead) {
                ConsumerRecord<byte[], byte[]> letter = letters.at(0, i);
                assertThat(letter.key()).as(sample.name()).isEqualTo(sample.key());
                assertThat(letter.value()).as(sample.name()).isEqualTo(sample.value());
                assertThat(Outcomes.header(letter, "hetegen-cause"))
                        .as(sample.name())
                        .isNotEmpty();
                assertThat(Outcomes.header(letter, "hetegen-message"))
                        .as(sample.name())
                        .isNotEmpty()
                        .doesNotContainPattern("\\p{Cntrl}");
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void ordinaryRecordsAreUndisturbed() throws Exception {
        List<Sample> all = samples();
        List<Sample> controls = all.stream()
                .filter(sample -> sample.name().startsWith("control-"))
                .toList();
        run("controls", controls);
        run("among", all);

        Outcomes alone = Outcomes.of(cluster.topics(), "controls-out");
        Outcomes among = Outcomes.of(cluster.topics(), "among-out");
        assertThat(controls).hasSize(3);
        for (int i = 0; i < controls.size(); i++) {
            int position = all.indexOf(controls.get(i));
            assertThat(among.at(0, position).value()).isEqualTo(alone.at(0, i).value());
        }
    }

    private static void run(String name, List<Sample> samples) throws Exception {
        cluster.broker().createTopic(name + "-in", 1);
        cluster.broker().createTopic(name + "-out", 1);
        // As the job itself would create it: the largest record that comes in can go out again, whole.
        cluster.broker().createTopic(name + "-out-dead-letters", 1, Map.of("max.message.bytes", "1200000"));
        cluster.topics()
                .write(IntStream.range(0, samples.size())
                        .mapToObj(i -> new ProducerRecord<>(
                                name + "-in",
                                0,
                                samples.get(i).key(),
                                samples.get(i).value()))
                        .toList());
        cluster.awaitEnd(cluster.submit(cluster.job(name, Map.of()), 1));
    }

    private static List<Sample> samples() throws Exception {
        Path file = Path.of(Objects.requireNonNull(System.getProperty("hetegen.fixtures")))
                .resolve("prompts/hostile-records.jsonl");
        try (Stream<String> lines = Files.lines(file)) {
            return lines.map(Sample::parse).toList();
        }
    }
}
