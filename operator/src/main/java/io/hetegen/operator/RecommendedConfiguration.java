package io.hetegen.operator;

import java.util.Map;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.TaskManagerOptions;

/**
 * The settings of Flink that a job with this operator wants; each as Flink's own option, because Flink ignores unknown
 * keys silently. {@code docs/operator.md} says what happens without them.
 */
public final class RecommendedConfiguration {

    /** Checkpoints pass the records that wait before the operator. */
    public static final String UNALIGNED_CHECKPOINTS = CheckpointingOptions.ENABLE_UNALIGNED.key();

    /** Savepoints cannot be unaligned: with few records in the buffers they are quick all the same. */
    public static final String BUFFER_DEBLOATING = TaskManagerOptions.BUFFER_DEBLOAT_ENABLED.key();

    /** The first checkpoint after a failure does not wait until the recovered records are taken in. */
    public static final String CHECKPOINTS_DURING_RECOVERY =
            CheckpointingOptions.CHECKPOINTING_DURING_RECOVERY_ENABLED.key();

    /** Needed for {@link #CHECKPOINTS_DURING_RECOVERY}. */
    public static final String RECOVER_OUTPUT_ON_DOWNSTREAM =
            CheckpointingOptions.UNALIGNED_RECOVER_OUTPUT_ON_DOWNSTREAM.key();

    /** False: a type without a serializer of its own stops the start instead of making state unreadable later. */
    public static final String GENERIC_TYPES = PipelineOptions.GENERIC_TYPES.key();

    private static final Map<String, String> VALUES = Map.of(
            UNALIGNED_CHECKPOINTS, "true",
            BUFFER_DEBLOATING, "true",
            CHECKPOINTS_DURING_RECOVERY, "true",
            RECOVER_OUTPUT_ON_DOWNSTREAM, "true",
            GENERIC_TYPES, "false");

    private RecommendedConfiguration() {}

    /** All keys with their values. */
    public static Map<String, String> values() {
        return VALUES;
    }

    /** {@code configuration} with every setting that it does not make itself. */
    public static Configuration withDefaults(Configuration configuration) {
        Configuration all = Configuration.fromMap(VALUES);
        all.addAll(configuration);
        return all;
    }
}
