package io.hetegen.jobs;

import io.hetegen.operator.InvalidOptionException;
import io.hetegen.operator.RecommendedConfiguration;
import java.time.Duration;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.CheckpointConfig;

/** Flink's own settings for the job. */
final class FlinkSettings {

    private static final Duration DEFAULT_CHECKPOINT_INTERVAL = Duration.ofSeconds(10);

    private FlinkSettings() {}

    /** What the user sets for the job, else what the cluster sets, else what is recommended. */
    static Configuration merged(ReadableConfig cluster, Configuration config) {
        Configuration options = new Configuration();
        options.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, DEFAULT_CHECKPOINT_INTERVAL);
        options = RecommendedConfiguration.withDefaults(options);
        options.addAll(Configuration.fromMap(cluster.toMap()));
        options.addAll(config);
        return options;
    }

    /** @throws InvalidOptionException if answers would not be written exactly once */
    static CheckpointConfig checked(CheckpointConfig checkpoints) {
        if (!checkpoints.isCheckpointingEnabled()) {
            throw new InvalidOptionException(
                    CheckpointingOptions.CHECKPOINTING_INTERVAL,
                    checkpoints.getCheckpointInterval() + " ms",
                    "must be longer than 0 s, because completions are committed with checkpoints",
                    "10 s is usual");
        }
        if (checkpoints.getCheckpointingConsistencyMode() != CheckpointingMode.EXACTLY_ONCE) {
            throw new InvalidOptionException(
                    CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE,
                    checkpoints.getCheckpointingConsistencyMode(),
                    "must be EXACTLY_ONCE, else completions are doubled after a failure",
                    "leave it out");
        }
        return checkpoints;
    }
}
