package io.hetegen.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.operator.InvalidOptionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobArgumentsTest {

    @TempDir
    Path folder;

    @Test
    void readsYamlThenArguments() throws IOException {
        Path file = Files.writeString(folder.resolve("job.yaml"), """
                hetegen:
                  kafka:
                    input-topic: prompts
                    properties:
                      security.protocol: SSL
                  generation.seed: 7
                execution.checkpointing.interval: 3 s
                """);

        Configuration config = JobArguments.parse(
                new String[] {"--config", file.toString(), "--hetegen.kafka.input-topic", "other", "--a.b", "-1"});

        assertThat(config.get(JobOptions.INPUT_TOPIC)).isEqualTo("other");
        assertThat(config.get(JobOptions.SEED)).isEqualTo(7L);
        assertThat(config.get(JobOptions.KAFKA_PROPERTIES)).isEqualTo(Map.of("security.protocol", "SSL"));
        assertThat(config.get(CheckpointingOptions.CHECKPOINTING_INTERVAL)).isEqualTo(Duration.ofSeconds(3));
        assertThat(config.toMap()).containsEntry("a.b", "-1");
    }

    @Test
    void readsProperties() throws IOException {
        Path file = Files.writeString(folder.resolve("job.properties"), "hetegen.kafka.input-topic=prompts\n");

        assertThat(JobArguments.parse(new String[] {"--config", file.toString()})
                        .toMap())
                .isEqualTo(Map.of("hetegen.kafka.input-topic", "prompts"));
    }

    @Test
    void refusesWhatItCannotRead() throws IOException {
        Path broken = Files.writeString(folder.resolve("job.yaml"), "a: [1\n");

        assertThatThrownBy(() -> JobArguments.parse(new String[] {"input"}))
                .isInstanceOf(InvalidOptionException.class)
                .hasMessageContaining("argument input is not an option");
        assertThatThrownBy(() -> JobArguments.parse(new String[] {"--hetegen.format"}))
                .hasMessageContaining("option --hetegen.format has no value");
        assertThatThrownBy(() -> JobArguments.parse(new String[] {"--config", folder + "/none.yaml"}))
                .hasMessageContaining("there is no file that can be read");
        assertThatThrownBy(() -> JobArguments.parse(new String[] {"--config", broken.toString()}))
                .isInstanceOf(InvalidOptionException.class)
                .hasMessageContaining("job.yaml, which cannot be read");
    }
}
