package io.hetegen.jobs.demo;

import io.hetegen.operator.RecommendedConfiguration;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.client.deployment.executors.PipelineExecutorUtils;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.CheckpointStatsSnapshot;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.AccessExecutionJobVertex;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.executiongraph.ErrorInfo;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.jspecify.annotations.Nullable;

/** A Flink cluster in this JVM, with the settings that generation needs and without the web interface. */
public final class LocalCluster implements AutoCloseable {

    private static final long ANSWER_SECONDS = 60;

    private final MiniCluster cluster;
    private final Configuration configuration;
    private final Path folder;

    private LocalCluster(MiniCluster cluster, Configuration configuration, Path folder) {
        this.cluster = cluster;
        this.configuration = configuration;
        this.folder = folder;
    }

    /**
     * @param folder takes checkpoints and savepoints
     * @param user settings that take precedence over {@link RecommendedConfiguration}
     */
    public static LocalCluster start(int slots, Path folder, Configuration user) throws Exception {
        Configuration configuration = RecommendedConfiguration.withDefaults(new Configuration(user)
                .set(
                        CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                        folder.resolve("checkpoints").toUri().toString())
                .set(RestOptions.BIND_PORT, "0"));
        MiniCluster cluster = new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build());
        cluster.start();
        return new LocalCluster(cluster, configuration, folder);
    }

    /** An environment to define the job in. */
    public StreamExecutionEnvironment environment() {
        return StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    }

    public Job submit(StreamExecutionEnvironment environment) throws Exception {
        StreamGraph graph = environment.getStreamGraph();
        // Gives the job its id and the savepoint that the configuration names.
        PipelineExecutorUtils.getStreamGraph(graph, new Configuration((Configuration) environment.getConfiguration()));
        return new Job(await(cluster.submitJob(graph)).getJobID());
    }

    @Override
    public void close() throws Exception {
        cluster.close();
    }

    private static <T> T await(CompletableFuture<T> future) throws Exception {
        try {
            return future.get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IllegalStateException("the local Flink cluster did not answer for " + ANSWER_SECONDS + " s", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** A job of this cluster. */
    public final class Job {

        private final JobID id;

        private Job(JobID id) {
            this.id = id;
        }

        public JobStatus status() throws Exception {
            return await(cluster.getJobStatus(id));
        }

        public long completedCheckpoints() throws Exception {
            @Nullable CheckpointStatsSnapshot checkpoints = graph().getCheckpointStatsSnapshot();
            return checkpoints == null ? 0 : checkpoints.getCounts().getNumberOfCompletedCheckpoints();
        }

        /** How often the job was started again, by the task that was started most often. */
        public int restarts() throws Exception {
            int restarts = 0;
            for (AccessExecutionJobVertex vertex : graph().getAllVertices().values()) {
                for (AccessExecutionVertex task : vertex.getTaskVertices()) {
                    restarts =
                            Math.max(restarts, task.getCurrentExecutionAttempt().getAttemptNumber());
                }
            }
            return restarts;
        }

        /** Why the job failed last: the innermost cause, in one line. Empty if it never did. */
        public String failure() throws Exception {
            @Nullable ErrorInfo failure = graph().getFailureInfo();
            if (failure == null) {
                return "";
            }
            Throwable cause = failure.getException().deserializeError(getClass().getClassLoader());
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            return cause.toString().lines().findFirst().orElse("");
        }

        /** Stops the job; all that it finished is committed. Returns the savepoint that it can be continued from. */
        public String stop() throws Exception {
            String savepoints = folder.resolve("savepoints").toUri().toString();
            String savepoint = await(cluster.stopWithSavepoint(id, savepoints, false, SavepointFormatType.CANONICAL));
            await(cluster.requestJobResult(id));
            return savepoint;
        }

        public void cancel() throws Exception {
            await(cluster.cancelJob(id));
            await(cluster.requestJobResult(id));
        }

        private AccessExecutionGraph graph() throws Exception {
            return await(cluster.getExecutionGraph(id));
        }
    }
}
