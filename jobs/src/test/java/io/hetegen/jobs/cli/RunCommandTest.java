package io.hetegen.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RunCommandTest {

    private static final String MODEL = System.getProperty("hetegen.demo.model");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "a/../../b, completions, hetegen.kafka.input-topic is a/../../b",
        "prompts, prompts, hetegen.kafka.output-topic is prompts",
        "prompts, '', hetegen.kafka.output-topic is not set",
    })
    void aWrongTopicIsToldBeforeAnythingIsCreated(String input, String output, String message) {
        Path state = folder.resolve("state");

        CliRun run = run(input, output, MODEL, state);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err().lines()).singleElement().asString().startsWith("hetegen: " + message);
        assertThat(state).doesNotExist();
    }

    @Test
    void aFileThatIsNoModelIsToldBeforeKafkaIsAsked() {
        CliRun run = run("prompts", "completions", folder.toString(), folder.resolve("state"));

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err().lines()).singleElement().asString().contains("is a directory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1"})
    void aWrongParallelismIsWrongUsage(String parallelism) {
        CliRun run = run("prompts", "completions", MODEL, folder.resolve("state"), "--parallelism", parallelism);

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err().lines()).singleElement().asString().contains("must be at least 1, got " + parallelism);
    }

    @Test
    void aSettingThatFlinkCannotReadIsToldWithoutAnException() {
        CliRun run = run(
                "prompts",
                "completions",
                MODEL,
                folder.resolve("state"),
                "--set",
                "taskmanager.memory.segment-size=many");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err().lines())
                .singleElement()
                .asString()
                .startsWith("hetegen: Flink refuses a setting: ")
                .contains("'many'");
    }

    private static CliRun run(String input, String output, String model, Path state, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "run",
                "--bootstrap-servers",
                "localhost:1",
                "--input",
                input,
                "--output",
                output,
                "--model",
                model,
                "--state",
                state.toString()));
        arguments.addAll(List.of(more));
        return CliRun.of(arguments.toArray(String[]::new));
    }
}
