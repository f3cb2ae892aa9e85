package io.hetegen.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PlanFile;
import io.hetegen.operator.GenerateOptions;
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
    void takesAPlanWithWhatBelongsToIt() throws IOException {
        Path file = folder.resolve("plan.json");
        PartitionPlan plan = SlotPlanTest.plan(100_000_000);
        PlanFile.write(plan, file);

        Configuration config =
                JobArguments.parse(new String[] {"--hetegen.engine.threads", "3", "--plan", file.toString()});

        assertThat(PlanFile.parse(config.get(GenerateOptions.PLAN), "config")).isEqualTo(plan);
        assertThat(config.get(GenerateOptions.THREADS)).isEqualTo(3);
        assertThat(config.get(GenerateOptions.MAX_SEQUENCES)).isEqualTo(1);
        assertThat(config.get(GenerateOptions.PREFILL_CHUNK))
                .isEqualTo(plan.prefill().get(0).tokens());
    }

    @Test
    void refusesWhatIsNoPlan() throws IOException {
        Path file = Files.writeString(folder.resolve("plan.json"), "{\"version\": 1}");

        assertThatThrownBy(() -> JobArguments.parse(new String[] {"--plan", file.toString()}))
                .isInstanceOf(InvalidOptionException.class)
                .hasMessageStartingWith("--plan: " + file);
        assertThatThrownBy(() -> JobArguments.parse(new String[] {"--plan", "absent.json"}))
                .isInstanceOf(InvalidOptionException.class)
                .hasMessageContaining("there is no file that can be read");
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
