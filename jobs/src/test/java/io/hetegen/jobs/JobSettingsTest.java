package io.hetegen.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.jobs.kafka.KafkaSettings;
import io.hetegen.jobs.serde.Format;
import io.hetegen.jobs.serde.GenerationDefaults;
import io.hetegen.operator.InvalidOptionException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobSettingsTest {

    private static final Map<String, String> REQUIRED = Map.of(
            "hetegen.kafka.bootstrap-servers", "localhost:1",
            "hetegen.kafka.input-topic", "prompts",
            "hetegen.kafka.output-topic", "completions",
            "hetegen.kafka.transactional-id-prefix", "job-1");

    @Test
    void defaults() {
        assertThat(settings(Map.of()))
                .isEqualTo(new JobSettings(
                        new KafkaSettings(
                                "localhost:1",
                                "prompts",
                                "completions",
                                "completions-dead-letters",
                                Optional.empty(),
                                "hetegen",
                                "job-1",
                                Duration.ofMinutes(15),
                                Duration.ofMinutes(2),
                                false,
                                4,
                                false,
                                Map.of()),
                        Format.AVRO,
                        new GenerationDefaults(256, 0.0, 0, 1.0, 0.0, 1.0, 0.0, 0.0, 0L),
                        true));
    }

    @Test
    void everyOptionIsMapped() {
        Map<String, String> all = new HashMap<>(REQUIRED);
        all.put("hetegen.kafka.dead-letter-topic", "letters");
        all.put("hetegen.kafka.preview-topic", "previews");
        all.put("hetegen.format", "json");
        all.put("hetegen.kafka.group-id", "group");
        all.put("hetegen.kafka.transaction-timeout", "10 min");
        all.put("hetegen.kafka.tolerated-outage", "30 s");
        all.put("hetegen.kafka.create-topics", "true");
        all.put("hetegen.kafka.create-topics.partitions", "7");
        all.put("hetegen.kafka.stop-at", "latest");
        all.put("hetegen.kafka.properties.security.protocol", "SSL");
        all.put("hetegen.generation.max-tokens", "9");
        all.put("hetegen.generation.temperature", "0.5");
        all.put("hetegen.generation.top-k", "40");
        all.put("hetegen.generation.top-p", "0.9");
        all.put("hetegen.generation.min-p", "0.05");
        all.put("hetegen.generation.repetition-penalty", "1.1");
        all.put("hetegen.generation.presence-penalty", "-0.5");
        all.put("hetegen.generation.frequency-penalty", "0.25");
        all.put("hetegen.generation.seed", "-3");
        all.put("hetegen.plan.size-slots", "false");

        assertThat(settings(all))
                .isEqualTo(new JobSettings(
                        new KafkaSettings(
                                "localhost:1",
                                "prompts",
                                "completions",
                                "letters",
                                Optional.of("previews"),
                                "group",
                                "job-1",
                                Duration.ofMinutes(10),
                                Duration.ofSeconds(30),
                                true,
                                7,
                                true,
                                Map.of("security.protocol", "SSL")),
                        Format.JSON,
                        new GenerationDefaults(9, 0.5, 40, 0.9, 0.05, 1.1, -0.5, 0.25, -3L),
                        false));
        // So that an option that is added has to come here.
        assertThat(OptionsList.of(JobOptions.class).stream().map(ConfigOption::key))
                .allMatch(key ->
                        all.containsKey(key) || all.keySet().stream().anyMatch(set -> set.startsWith(key + ".")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hetegen.kafka.bootstrap-servers",
                "hetegen.kafka.input-topic",
                "hetegen.kafka.output-topic",
                "hetegen.kafka.transactional-id-prefix"
            })
    void requires(String key) {
        Configuration config = configuration(Map.of());
        config.removeKey(key);

        assertThatThrownBy(() -> JobSettings.from(config))
                .isInstanceOf(InvalidOptionException.class)
                .hasMessageContaining(key + " is not set, but is required: ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "hetegen.format                           | xml         | hetegen.format cannot be read",
                "hetegen.kafka.input-topic                | a b         | must be 1 to 249 letters",
                "hetegen.kafka.output-topic               | prompts     | must differ from hetegen.kafka.input-topic",
                "hetegen.kafka.dead-letter-topic          | completions | must differ from hetegen.kafka.output-topic",
                "hetegen.kafka.preview-topic              | completions | must differ from hetegen.kafka.output-topic",
                "hetegen.kafka.transaction-timeout        | 0 s         | must be longer than 0 s",
                "hetegen.kafka.transaction-timeout        | soon        | cannot be read",
                "hetegen.kafka.create-topics.partitions   | 0           | must be at least 1",
                "hetegen.kafka.properties.acks            | 1           | the job sets it itself",
                "hetegen.generation.max-tokens            | 0           | hetegen.generation.max-tokens cannot be used",
                "hetegen.generation.repetition-penalty    | 0           | must be above 0, got 0.0",
                "hetegen.generation.temperature           | NaN         | hetegen.generation.temperature cannot be used",
                "hetegen.kafka.output                     | x           | is not an option of this job",
            })
    void refuses(String key, String value, String message) {
        assertThatThrownBy(() -> settings(Map.of(key, value)))
                .isInstanceOf(InvalidOptionException.class)
                .hasMessageContaining(key)
                .hasMessageContaining(message)
                .message()
                .doesNotContain("\n");
    }

    private static JobSettings settings(Map<String, String> more) {
        return JobSettings.from(configuration(more));
    }

    private static Configuration configuration(Map<String, String> more) {
        Map<String, String> all = new HashMap<>(REQUIRED);
        all.putAll(more);
        return Configuration.fromMap(all);
    }
}
