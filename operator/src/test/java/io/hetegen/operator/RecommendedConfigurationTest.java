package io.hetegen.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.junit.jupiter.api.Test;

class RecommendedConfigurationTest {

    /** As docs and DESIGN spell them: a rename in a new version of Flink must be seen. */
    private static final Map<String, String> EXPECTED = Map.of(
            "execution.checkpointing.unaligned.enabled", "true",
            "taskmanager.network.memory.buffer-debloat.enabled", "true",
            "execution.checkpointing.during-recovery.enabled", "true",
            "execution.checkpointing.unaligned.recover-output-on-downstream.enabled", "true",
            "pipeline.generic-types", "false");

    @Test
    void everyKeyIsAnOptionOfFlinksOwn() throws Exception {
        Map<String, ConfigOption<?>> options = new HashMap<>();
        for (Class<?> holder :
                new Class<?>[] {CheckpointingOptions.class, PipelineOptions.class, TaskManagerOptions.class}) {
            for (Field field : holder.getFields()) {
                if (field.get(null) instanceof ConfigOption<?> option) {
                    options.put(option.key(), option);
                }
            }
        }
        assertThat(RecommendedConfiguration.values()).isEqualTo(EXPECTED);
        Configuration configuration = Configuration.fromMap(RecommendedConfiguration.values());
        EXPECTED.forEach((key, value) -> {
            ConfigOption<?> option = options.get(key);
            assertThat(option).as(key).isNotNull();
            assertThat(configuration.get(option)).as(key).isEqualTo(Boolean.valueOf(value));
        });
    }

    @Test
    void whatAUserSetsStays() {
        Configuration own = new Configuration();
        own.set(CheckpointingOptions.ENABLE_UNALIGNED, false);
        Configuration all = RecommendedConfiguration.withDefaults(own);
        assertThat(all.get(CheckpointingOptions.ENABLE_UNALIGNED)).isFalse();
        assertThat(all.get(TaskManagerOptions.BUFFER_DEBLOAT_ENABLED)).isTrue();
    }

    @Test
    void bothRecoverySettingsWorkTogether() {
        assertThat(CheckpointingOptions.isCheckpointingDuringRecoveryEnabled(
                        RecommendedConfiguration.withDefaults(new Configuration())))
                .isTrue();
    }
}
