package io.hetegen.jobs;

import java.time.Duration;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.TaskManagerOptions;

/** The settings of Flink that the job wants where the user has set none. */
public final class FlinkDefaults {

    private FlinkDefaults() {}

    /** For the job itself: those that neither {@code cluster} nor {@code job} sets. */
    static Configuration forJob(ReadableConfig cluster, Configuration job) {
        Configuration defaults = new Configuration();
        Setter setter = new Setter(defaults, cluster, job);
        setter.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(10));
        // Behind a backlog a barrier that waits for its turn arrives after minutes; an unaligned one in milliseconds.
        setter.set(CheckpointingOptions.ENABLE_UNALIGNED, true);
        // Else the first checkpoint after a recovery waits until the recovered channel data is worked off.
        setter.set(CheckpointingOptions.CHECKPOINTING_DURING_RECOVERY_ENABLED, true);
        setter.set(CheckpointingOptions.UNALIGNED_RECOVER_OUTPUT_ON_DOWNSTREAM, true);
        // A type without a serializer of its own would go through Kryo, which no savepoint survives for long.
        setter.set(PipelineOptions.GENERIC_TYPES, false);
        return defaults;
    }

    /** For a cluster that runs the job: all of the above, and those that only a cluster can set. */
    public static Configuration forCluster(Configuration user) {
        Configuration cluster = forJob(user, new Configuration());
        // Savepoints cannot be unaligned: they pass a backlog as fast as its buffers are small.
        new Setter(cluster, user, new Configuration()).set(TaskManagerOptions.BUFFER_DEBLOAT_ENABLED, true);
        cluster.addAll(user);
        return cluster;
    }

    private record Setter(Configuration defaults, ReadableConfig cluster, Configuration job) {
        <T> void set(ConfigOption<T> option, T value) {
            if (cluster.getOptional(option).isEmpty() && job.getOptional(option).isEmpty()) {
                defaults.set(option, value);
            }
        }
    }
}
