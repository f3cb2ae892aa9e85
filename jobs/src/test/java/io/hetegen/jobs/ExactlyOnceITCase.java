package io.hetegen.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.jobs.kafka.OutputHeaders;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.api.common.JobID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Machines are lost in the middle, and a reader of committed records sees what it sees on a quiet day. */
class ExactlyOnceITCase {

    private static final int PARTITIONS = 2;
    private static final int RECORDS = 160;
    private static final int FAILURES = 3;
    private static final int MAX_TOKENS = 450;

    private static JobCluster cluster;

    @BeforeAll
    static void start() throws Exception {
        cluster = JobCluster.start(2);
    }

    @AfterAll
    static void stop() throws Exception {
        cluster.close();
    }

    @Test
    void everyPromptHasOneAnswerAndTheSameAsWithoutFailures() throws Exception {
        Outcomes quiet = run("quiet", 0);
        Outcomes failing = run("failing", FAILURES);

        for (Outcomes outcomes : List.of(quiet, failing)) {
            assertThat(outcomes.missing(RECORDS)).as("missing").isZero();
            assertThat(outcomes.doubled()).as("doubled").isZero();
            assertThat(outcomes.all()).hasSize(RECORDS);
        }
        for (int i = 0; i < RECORDS; i++) {
            ConsumerRecord<byte[], byte[]> expected = quiet.at(i % PARTITIONS, i / PARTITIONS);
            ConsumerRecord<byte[], byte[]> answer = failing.at(i % PARTITIONS, i / PARTITIONS);
            assertThat(answer.value()).isEqualTo(expected.value());
            assertThat(Outcomes.text(answer)).startsWith("{\"id\":\"p-" + i + "\",");
            assertThat(answer.key()).isEqualTo(TestPrompts.key(i));
            assertThat(answer.headers().toArray())
                    .startsWith(TestPrompts.json("x", PARTITIONS, i + 1, 1)
                            .get(i)
                            .headers()
                            .toArray());
            assertThat(Outcomes.header(answer, OutputHeaders.TIMESTAMP))
                    .isEqualTo(Long.toString(1_700_000_000_000L + i));
        }
        assertThat(failing.all())
                .as("some answers were resumed, or the failures missed every generation")
                .anyMatch(answer ->
                        !Outcomes.header(answer, OutputHeaders.ATTEMPT).equals("1"));
        assertThat(quiet.all())
                .allMatch(
                        answer -> Outcomes.header(answer, OutputHeaders.ATTEMPT).equals("1"));
    }

    private static Outcomes run(String name, int failures) throws Exception {
        cluster.broker().createTopic(name + "-in", PARTITIONS);
        cluster.broker().createTopic(name + "-out", PARTITIONS);
        cluster.broker().createTopic(name + "-out-dead-letters", 1);
        List<ProducerRecord<byte[], byte[]>> prompts =
                TestPrompts.rambling(name + "-in", PARTITIONS, RECORDS, MAX_TOKENS);
        cluster.topics().write(prompts);

        long start = System.nanoTime();
        JobID job = cluster.submit(
                cluster.job(
                        name,
                        failures == 0
                                ? Map.of()
                                : Map.of(
                                        "restart-strategy.type", "fixed-delay",
                                        "restart-strategy.fixed-delay.attempts", Integer.toString(failures),
                                        "restart-strategy.fixed-delay.delay", "100 ms",
                                        // Slow, so that checkpoints and failures come in mid-generation.
                                        "hetegen.engine.threads", "1",
                                        "hetegen.engine.max-sequences", "2")),
                2);
        for (int failure = 1; failure <= failures; failure++) {
            cluster.awaitCommitted(job, name + "-out", RECORDS * failure / (failures + 2));
            cluster.loseTaskManager(job);
        }
        cluster.awaitEnd(job);
        System.out.printf(
                "%s: %d prompts, %d failures, %.1f s%n", name, RECORDS, failures, (System.nanoTime() - start) / 1e9);
        Outcomes outcomes = Outcomes.of(cluster.topics(), name + "-out", name + "-out-dead-letters");
        System.out.printf(
                "%s: answers by attempt %s%n",
                name,
                outcomes.all().stream()
                        .collect(Collectors.groupingBy(
                                answer -> Outcomes.header(answer, OutputHeaders.ATTEMPT), Collectors.counting())));
        return outcomes;
    }
}
