package io.hetegen.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.jobs.kafka.OutputHeaders;
import io.hetegen.operator.GenerateOptions;
import java.nio.file.Path;
import java.util.Map;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One to three to two subtasks, through savepoints that are taken in mid-generation before a full backlog. */
class RescaleITCase {

    private static final int PARTITIONS = 4;
    private static final int RECORDS = 120;
    private static final int MAX_TOKENS = 450;

    private static JobCluster cluster;

    @TempDir
    Path savepoints;

    @BeforeAll
    static void start() throws Exception {
        cluster = JobCluster.start(3);
    }

    @AfterAll
    static void stop() throws Exception {
        cluster.close();
    }

    @Test
    void nothingIsMissingOrDoubled() throws Exception {
        Outcomes whole = outcomes("whole", this::runAtOnce);
        Outcomes rescaled = outcomes("rescaled", this::runRescaled);

        assertThat(rescaled.missing(RECORDS)).as("missing").isZero();
        assertThat(rescaled.doubled()).as("doubled").isZero();
        for (int i = 0; i < RECORDS; i++) {
            ConsumerRecord<byte[], byte[]> answer = rescaled.at(i % PARTITIONS, i / PARTITIONS);
            assertThat(answer.value())
                    .isEqualTo(whole.at(i % PARTITIONS, i / PARTITIONS).value());
            assertThat(answer.key()).isEqualTo(TestPrompts.key(i));
        }
        assertThat(rescaled.all())
                .as("some answers went through a savepoint, or it was not taken in mid-generation")
                .anyMatch(answer ->
                        !Outcomes.header(answer, OutputHeaders.ATTEMPT).equals("1"));
    }

    private interface Run {
        void run(String name) throws Exception;
    }

    private static Outcomes outcomes(String name, Run run) throws Exception {
        cluster.broker().createTopic(name + "-in", PARTITIONS);
        cluster.broker().createTopic(name + "-out", PARTITIONS);
        cluster.broker().createTopic(name + "-out-dead-letters", 1);
        cluster.topics().write(TestPrompts.rambling(name + "-in", PARTITIONS, RECORDS, MAX_TOKENS));
        run.run(name);
        return Outcomes.of(cluster.topics(), name + "-out", name + "-out-dead-letters");
    }

    private void runAtOnce(String name) throws Exception {
        Configuration config = backlogged(name);
        config.set(JobOptions.STOP_AT, JobOptions.StopAt.LATEST);
        JobID job = cluster.submit(config, 2);
        cluster.awaitCommitted(job, name + "-out", RECORDS);
        cluster.awaitEnd(job);
    }

    private void runRescaled(String name) throws Exception {
        SavepointRestoreSettings from = SavepointRestoreSettings.none();
        int committed = 0;
        for (int parallelism : new int[] {1, 3}) {
            JobID job = cluster.submit(slow(name), parallelism, from);
            cluster.awaitCommitted(job, name + "-out", committed + RECORDS / 10);
            long start = System.nanoTime();
            String savepoint = cluster.stopWithSavepoint(job, savepoints);
            committed = cluster.topics().committed(name + "-out").size();
            System.out.printf(
                    "stop with savepoint at parallelism %d after %d of %d answers: %.2f s%n",
                    parallelism, committed, RECORDS, (System.nanoTime() - start) / 1e9);
            assertThat(committed).as("a backlog is left").isLessThan(RECORDS * 9 / 10);
            from = SavepointRestoreSettings.forPath(savepoint, false);
        }
        long start = System.nanoTime();
        JobID job = cluster.submit(backlogged(name), 2, from);
        cluster.awaitCommitted(job, name + "-out", committed + 1);
        System.out.printf("restored at parallelism 2, next answers after %.2f s%n", (System.nanoTime() - start) / 1e9);
        cluster.awaitCommitted(job, name + "-out", RECORDS);
        // Whatever the job might write beyond that is committed with this one.
        cluster.stopWithSavepoint(job, savepoints);
    }

    /** One answer at a time on one thread, so that most prompts are still unanswered when the savepoint is taken. */
    private static Configuration slow(String name) {
        Configuration config = backlogged(name);
        config.set(GenerateOptions.THREADS, 1);
        config.set(GenerateOptions.MAX_SEQUENCES, 1);
        config.set(GenerateOptions.GENERATING, 1);
        return config;
    }

    /** Few prompts are admitted into state: all others wait in front of the operator. */
    private static Configuration backlogged(String name) {
        return cluster.job(
                name,
                Map.of(
                        "hetegen.generate.admitted", "4 kb",
                        "hetegen.generate.generating", "4",
                        // A bounded source that is restored does not end (docs/exactly-once.md).
                        "hetegen.kafka.stop-at", "never"));
    }
}
