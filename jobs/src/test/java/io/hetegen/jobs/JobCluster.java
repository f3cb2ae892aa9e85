package io.hetegen.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.jobs.demo.EmbeddedBroker;
import io.hetegen.operator.GenerateOptions;
import io.hetegen.operator.RecommendedConfiguration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointStatsCounts;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A real broker and a Flink cluster in this JVM, and jobs on them with the demo's model. */
final class JobCluster implements AutoCloseable {

    private static final long WAIT_SECONDS = 120;

    private final EmbeddedBroker broker;
    private final MiniCluster flink;
    private final TestTopics topics;
    private int taskManager;

    private JobCluster(EmbeddedBroker broker, MiniCluster flink) {
        this.broker = broker;
        this.flink = flink;
        this.topics = new TestTopics(broker.bootstrapServers());
    }

    static JobCluster start(int slots) throws Exception {
        Configuration configuration = RecommendedConfiguration.withDefaults(new Configuration());
        configuration.set(RestOptions.BIND_PORT, "0");
        MiniCluster flink = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build());
        flink.start();
        return new JobCluster(EmbeddedBroker.start(), flink);
    }

    EmbeddedBroker broker() {
        return broker;
    }

    TestTopics topics() {
        return topics;
    }

    /** The settings of a job from {@code name-in} to {@code name-out}, with the demo's model. */
    Configuration job(String name, Map<String, String> more) {
        Configuration config = Configuration.fromMap(Map.of(
                "hetegen.kafka.bootstrap-servers",
                broker.bootstrapServers(),
                "hetegen.kafka.input-topic",
                name + "-in",
                "hetegen.kafka.output-topic",
                name + "-out",
                "hetegen.kafka.group-id",
                name,
                "hetegen.kafka.transactional-id-prefix",
                name,
                "hetegen.format",
                "json",
                "hetegen.kafka.stop-at",
                "latest",
                "execution.checkpointing.interval",
                "500 ms",
                "restart-strategy.type",
                "none"));
        config.set(GenerateOptions.MODEL_PATH, System.getProperty("hetegen.demo.model"));
        config.addAll(Configuration.fromMap(more));
        return config;
    }

    JobID submit(Configuration config, int parallelism) throws Exception {
        return submit(config, parallelism, SavepointRestoreSettings.none());
    }

    JobID submit(Configuration config, int parallelism, SavepointRestoreSettings from) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(new Configuration());
        env.setParallelism(parallelism);
        GenerateJob.build(env, config);
        JobGraph graph = env.getStreamGraph().getJobGraph();
        graph.setSavepointRestoreSettings(from);
        return flink.submitJob(graph).get(WAIT_SECONDS, TimeUnit.SECONDS).getJobID();
    }

    /** Waits until so many answers are committed; a job that fails meanwhile fails the wait with its cause. */
    void awaitCommitted(JobID job, String topic, int count) throws Exception {
        topics.awaitCommitted(topic, count, timeout(), () -> {
            if (flink.getJobStatus(job).get(WAIT_SECONDS, TimeUnit.SECONDS) == JobStatus.FAILED) {
                awaitEnd(job);
            }
        });
    }

    /** Waits until the job has ended by itself, and throws what it failed with. */
    void awaitEnd(JobID job) throws Exception {
        JobResult result = flink.requestJobResult(job).get(WAIT_SECONDS, TimeUnit.SECONDS);
        result.toJobExecutionResult(getClass().getClassLoader());
    }

    /**
     * Takes the TaskManager away from the running job, as a lost machine would, and gives the cluster a new one. A job
     * that has ended fails the test: its answers were not committed before its end, or there are too few.
     */
    void loseTaskManager(JobID job) throws Exception {
        AccessExecutionGraph graph = flink.getExecutionGraph(job).get(WAIT_SECONDS, TimeUnit.SECONDS);
        CheckpointStatsCounts checkpoints =
                Objects.requireNonNull(graph.getCheckpointStatsSnapshot()).getCounts();
        assertThat(graph.getState().isTerminalState())
                .as(
                        "job is %s before TaskManager %d is lost; checkpoints: %d complete, %d under way, %d failed",
                        graph.getState(),
                        taskManager,
                        checkpoints.getNumberOfCompletedCheckpoints(),
                        checkpoints.getNumberOfInProgressCheckpoints(),
                        checkpoints.getNumberOfFailedCheckpoints())
                .isFalse();
        flink.terminateTaskManager(taskManager++).get(WAIT_SECONDS, TimeUnit.SECONDS);
        flink.startTaskManager();
    }

    String stopWithSavepoint(JobID job, Path folder) throws Exception {
        return flink.stopWithSavepoint(job, folder.toUri().toString(), false, SavepointFormatType.CANONICAL)
                .get(WAIT_SECONDS, TimeUnit.SECONDS);
    }

    Duration timeout() {
        return Duration.ofSeconds(WAIT_SECONDS);
    }

    @Override
    public void close() throws Exception {
        try (broker) {
            flink.close();
        }
    }
}
