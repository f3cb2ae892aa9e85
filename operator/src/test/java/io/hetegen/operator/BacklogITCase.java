package io.hetegen.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.testutils.CommonTestUtils;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints and savepoints of whole jobs while the engine does not move at all. */
@Timeout(value = 40, unit = TimeUnit.SECONDS)
class BacklogITCase {

    private static final int KEYS = 7;

    @RegisterExtension
    private static final MiniClusterExtension CLUSTER =
            new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
                    .setNumberTaskManagers(1)
                    .setNumberSlotsPerTaskManager(3)
                    .setConfiguration(RecommendedConfiguration.withDefaults(new Configuration()))
                    .build());

    private final FakeEngine stuck = new FakeEngine();
    private final FakeEngine free = new FakeEngine().released();
    private final CollectSink<Answer> answers = new CollectSink<>();

    @TempDir
    private Path folder;

    @AfterEach
    void forget() {
        answers.close();
    }

    @Test
    void aCheckpointPassesAFullBacklogOfAStuckEngineAndIsRestoredAtOtherParallelisms(
            @InjectMiniCluster MiniCluster cluster) throws Exception {
        int records = 2_000;
        // The operator takes in a dozen: what is emitted beyond waits before its stopped input.
        CountDownLatch backlog = Emitted.countDown("first", 50);
        JobClient job = start("first", records, records, 1, 2_000, stuck, null);
        backlog.await();
        stuck.awaitSequences(4);
        String first = checkpointAndCancel(cluster, job);
        assertThat(stuck.submitted()).hasSize(4);

        FakeEngine stillStuck = new FakeEngine();
        job = start("second", records, records, 3, 2_000, stillStuck, first);
        stillStuck.awaitSequences(12);
        String second = checkpointAndCancel(cluster, job);
        assertThat(answers.values()).isEmpty();

        start("third", records, records, 2, 2_000, free, second)
                .getJobExecutionResult()
                .get();
        assertAllInOrder(records);
    }

    @Test
    void aSavepointWhileTheEngineIsStuckKeepsAllThatWaitsAndIsRestoredAtAnotherParallelism(
            @InjectMiniCluster MiniCluster cluster) throws Exception {
        int records = 400;
        CountDownLatch emitted = Emitted.countDown("stuck", 300);
        JobClient job = start("stuck", records, 300, 2, 1 << 20, stuck, null);
        emitted.await();
        stuck.awaitSequences(8);
        CommonTestUtils.waitForAllTaskRunning(cluster, job.getJobID(), false);
        String savepoint = job.triggerSavepoint(folder.toUri().toString(), SavepointFormatType.CANONICAL)
                .get();
        cancel(cluster, job);

        start("again", records, records, 3, 1 << 20, free, savepoint)
                .getJobExecutionResult()
                .get();
        assertAllInOrder(records);
    }

    @Test
    void stoppingWithASavepointWhileTheEngineIsStuckLeavesTheUnfinishedInState(@InjectMiniCluster MiniCluster cluster)
            throws Exception {
        int records = 40;
        CountDownLatch emitted = Emitted.countDown("stopped", 30);
        JobClient job = start("stopped", records, 30, 2, 1 << 20, stuck, null);
        emitted.await();
        stuck.awaitSequences(8);
        CommonTestUtils.waitForAllTaskRunning(cluster, job.getJobID(), false);
        String savepoint = job.stopWithSavepoint(false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
                .get();
        assertThat(cluster.requestJobResult(job.getJobID()).get().getJobStatus().orElseThrow())
                .isEqualTo(JobStatus.FINISHED);
        assertThat(answers.values()).isEmpty();

        start("resumed", records, records, 1, 1 << 20, free, savepoint)
                .getJobExecutionResult()
                .get();
        assertAllInOrder(records);
        assertThat(free.resumedAt()).isEmpty();
        assertThat(answers.values()).extracting(Answer::attempt).contains(1, 2).hasSize(40);
    }

    private void assertAllInOrder(int records) {
        Map<String, List<Long>> offsets = new HashMap<>();
        for (Answer answer : answers.values()) {
            assertThat(answer.text()).isEqualTo("p" + answer.envelope().offset());
            offsets.computeIfAbsent(RecordKey.of(answer.envelope()), key -> new ArrayList<>())
                    .add(answer.envelope().offset());
        }
        assertThat(answers.values()).hasSize(records);
        assertThat(offsets).hasSize(KEYS);
        assertThat(offsets.values())
                .allSatisfy(perKey -> assertThat(perKey).isSorted().doesNotHaveDuplicates());
    }

    private JobClient start(
            String name,
            int records,
            int allowed,
            int parallelism,
            long admittedBytes,
            FakeEngine engine,
            @Nullable String restoreFrom)
            throws Exception {
        Configuration configuration = new Configuration();
        configuration.set(CheckpointingOptions.ENABLE_UNALIGNED, true);
        configuration.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY, folder.toUri().toString());
        configuration.set(
                CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        if (restoreFrom != null) {
            configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, restoreFrom);
        }
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.configure(RecommendedConfiguration.withDefaults(configuration));
        // A job ends with a last checkpoint; one that is stuck takes none but those the test asks for.
        env.enableCheckpointing(engine == free ? 100 : TimeUnit.HOURS.toMillis(1));
        env.setParallelism(parallelism);
        GenerateFunction function = new GenerateFunction(
                new TestDecoder(), GenerateHarness.configuration(4, admittedBytes), new FakeEngines(engine).provider());
        GenerateStream.generate(
                        env.fromSource(new GatedSource(records, allowed), WatermarkStrategy.noWatermarks(), "numbers")
                                .uid("source")
                                .setParallelism(1)
                                .map(new Emitted(name))
                                .returns(TypeInformation.of(Envelope.class))
                                .uid("envelopes")
                                .setParallelism(1),
                        function)
                .sinkTo(answers)
                .uid("sink");
        return env.executeAsync(name);
    }

    private static String checkpointAndCancel(MiniCluster cluster, JobClient job) throws Exception {
        CommonTestUtils.waitForAllTaskRunning(cluster, job.getJobID(), false);
        String path = cluster.triggerCheckpoint(job.getJobID()).get();
        cancel(cluster, job);
        return path;
    }

    private static void cancel(MiniCluster cluster, JobClient job) throws Exception {
        JobID id = job.getJobID();
        job.cancel().get();
        assertThat(cluster.requestJobResult(id).get().getJobStatus().orElseThrow())
                .isEqualTo(JobStatus.CANCELED);
    }

    /** Makes records of numbers and counts them down. */
    private static final class Emitted implements MapFunction<Long, Envelope> {

        private static final long serialVersionUID = 1L;
        private static final Map<String, CountDownLatch> LATCHES = new ConcurrentHashMap<>();

        private final String name;

        Emitted(String name) {
            this.name = name;
            LATCHES.computeIfAbsent(name, absent -> new CountDownLatch(0));
        }

        static CountDownLatch countDown(String name, int records) {
            CountDownLatch latch = new CountDownLatch(records);
            LATCHES.put(name, latch);
            return latch;
        }

        @Override
        public Envelope map(Long offset) {
            Objects.requireNonNull(LATCHES.get(name)).countDown();
            byte[] key = ("k" + offset % KEYS).getBytes(StandardCharsets.UTF_8);
            byte[] value = ("p" + offset).getBytes(StandardCharsets.UTF_8);
            return new Envelope("prompts", 0, offset, 0, List.of(), key, value);
        }
    }
}
