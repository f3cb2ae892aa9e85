package io.hetegen.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.jobs.demo.EmbeddedBroker;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransactionCheckITCase {

    private static EmbeddedBroker broker;

    @BeforeAll
    static void start() throws Exception {
        broker = EmbeddedBroker.start(Map.of("transaction.max.timeout.ms", "700000"));
        broker.createTopic("prompts", 3, Map.of("max.message.bytes", "2000000"));
        broker.createTopic("completions", 3);
        broker.createTopic("letters", 1);
        broker.createTopic("narrow", 1, Map.of("max.message.bytes", "16383"));
    }

    @AfterAll
    static void stop() throws Exception {
        broker.close();
    }

    @Test
    void readsTheLimits() throws Exception {
        TransactionCheck.Broker answer = check("completions", "letters", false).ask();

        assertThat(answer.maxTransactionTimeout()).isEqualTo(Duration.ofSeconds(700));
        assertThat(answer.maxMessageBytes())
                .isEqualTo(Map.of("prompts", 2_000_000, "completions", 1_048_588, "letters", 1_048_588));
    }

    @Test
    void namesTopicsThatAreMissing() {
        assertThatThrownBy(() -> check("compltions", "lettres", false).ask())
                .isInstanceOf(TopicException.class)
                .hasMessageContaining("topic compltions, lettres does not exist at localhost")
                .hasMessageContaining("hetegen.kafka.create-topics");
    }

    @Test
    void createsTopicsWithRoomForDeadLetters() throws Exception {
        TransactionCheck.Broker answer =
                check("created", "created-letters", true).ask();

        assertThat(answer.maxMessageBytes())
                .isEqualTo(Map.of("prompts", 2_000_000, "created", 1_048_588, "created-letters", 2_065_536));
    }

    @Test
    void refusesATopicThatTakesNoCompletion() {
        assertThatThrownBy(() -> check("narrow", "letters", false).ask())
                .isInstanceOf(TopicException.class)
                .hasMessage(
                        "topic narrow takes messages of at most 16383 bytes, but at least 16384 are needed: raise its"
                                + " max.message.bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "localhost:port", "broker.invalid:9092"})
    void tellsWhatIsWrongWithTheAddress(String servers) {
        assertThatThrownBy(() -> new TransactionCheck(settings(servers, "completions", "letters", false)).ask())
                .isInstanceOf(TopicException.class)
                .hasMessageStartingWith("Kafka at " + servers + " does not answer: ")
                .hasMessageContaining("bootstrap.servers")
                .hasMessageNotContaining("Failed to create new KafkaAdminClient");
    }

    @Test
    void comparesWithTheBrokersMaximum() {
        assertThatThrownBy(() -> KafkaEnds.open(
                        settings(broker.bootstrapServers(), "completions", "letters", false),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(600)))
                .isInstanceOf(TopicException.class)
                .hasMessageContaining("is 720.0 s, but the broker allows at most 700.0 s");
    }

    private static TransactionCheck check(String output, String letters, boolean create) {
        return new TransactionCheck(settings(broker.bootstrapServers(), output, letters, create));
    }

    private static KafkaSettings settings(String servers, String output, String letters, boolean create) {
        return new KafkaSettings(
                servers,
                "prompts",
                output,
                letters,
                Optional.empty(),
                "group",
                "job",
                Duration.ofSeconds(720),
                Duration.ofSeconds(60),
                create,
                2,
                true,
                Map.of());
    }
}
