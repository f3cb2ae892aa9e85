package io.hetegen.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionJobVertex;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.testutils.CommonTestUtils;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints after the end of the input, while the engine does not move at all. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class DrainITCase {

    private static final int RECORDS = 20;
    private static final int SOURCES = 2;

    @RegisterExtension
    private static final MiniClusterExtension CLUSTER =
            new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
                    .setNumberTaskManagers(1)
                    .setNumberSlotsPerTaskManager(SOURCES)
                    .setConfiguration(RecommendedConfiguration.withDefaults(new Configuration()))
                    .build());

    @TempDir
    private Path folder;

    /**
     * One source subtask has gone, the other waits for the checkpoint that lets it go: the barrier comes on one channel,
     * and on the other is the end of the partition, which Flink does not read while the operator waits for its answers.
     */
    @Test
    void aCheckpointPassesWhenOneSourceSubtaskHasGoneAndTheOtherHasNot(@InjectMiniCluster MiniCluster cluster)
            throws Exception {
        try (EndingSource source = new EndingSource(RECORDS, SOURCES);
                HeldSnapshots<Answer> held = new HeldSnapshots<>();
                CollectSink<Answer> answers = new CollectSink<>()) {
            FakeEngine stuck = new FakeEngine();
            JobClient job = start(source, stuck, held, answers, null);
            JobID id = job.getJobID();
            stuck.awaitSequences(RECORDS);
            source.awaitFirstEnd();
            CommonTestUtils.waitForAllTaskRunning(cluster, id, false);

            // The last checkpoint of the first subtask; for the other one it is not.
            CompletableFuture<String> last = cluster.triggerCheckpoint(id);
            source.awaitSnapshotsBeforeEnd();
            source.end();
            held.release();
            last.get();
            CommonTestUtils.waitUntilCondition(
                    () -> sourceStates(cluster, id).equals(List.of(ExecutionState.FINISHED, ExecutionState.RUNNING)));

            String checkpoint = cluster.triggerCheckpoint(id).get();
            job.cancel().get();
            assertThat(cluster.requestJobResult(id).get().getJobStatus().orElseThrow())
                    .isEqualTo(JobStatus.CANCELED);
            assertThat(answers.values()).isEmpty();

            start(source, new FakeEngine().released(), held, answers, checkpoint)
                    .getJobExecutionResult()
                    .get();
            assertThat(answers.values())
                    .extracting(answer -> answer.envelope().offset())
                    .containsExactlyInAnyOrderElementsOf(
                            LongStream.range(0, RECORDS).boxed().toList());
        }
    }

    private static List<ExecutionState> sourceStates(MiniCluster cluster, JobID job) throws Exception {
        AccessExecutionJobVertex source = cluster.getExecutionGraph(job)
                .get()
                .getVerticesTopologically()
                .iterator()
                .next();
        return List.of(source.getTaskVertices()).stream()
                .map(AccessExecutionVertex::getExecutionState)
                .toList();
    }

    private JobClient start(
            EndingSource source,
            FakeEngine engine,
            HeldSnapshots<Answer> held,
            CollectSink<Answer> answers,
            @Nullable String restoreFrom)
            throws Exception {
        Configuration configuration = new Configuration();
        configuration.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY, folder.toUri().toString());
        configuration.set(
                CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        if (restoreFrom == null) {
            // No checkpoints but those that the test asks for, none at the start either.
            configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofHours(1));
            configuration.set(CheckpointingOptions.MIN_PAUSE_BETWEEN_CHECKPOINTS, Duration.ofHours(1));
        } else {
            configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(100));
            configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, restoreFrom);
        }
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.configure(RecommendedConfiguration.withDefaults(configuration));
        env.setParallelism(1);
        GenerateFunction function = new GenerateFunction(
                new TestDecoder(), GenerateHarness.configuration(RECORDS, 1 << 20), new FakeEngines(engine).provider());
        GenerateStream.generate(
                        env.fromSource(source, WatermarkStrategy.noWatermarks(), "numbers")
                                .uid("source")
                                .setParallelism(SOURCES)
                                .map(DrainITCase::envelope)
                                .returns(TypeInformation.of(Envelope.class))
                                .uid("envelopes")
                                .setParallelism(SOURCES),
                        function)
                .map(held)
                .returns(TypeInformation.of(Answer.class))
                .uid("held")
                .disableChaining()
                .sinkTo(answers)
                .uid("sink");
        return env.executeAsync();
    }

    private static Envelope envelope(long offset) {
        byte[] value = ("p" + offset).getBytes(StandardCharsets.US_ASCII);
        return new Envelope("prompts", 0, offset, 0, List.of(), null, value);
    }
}
