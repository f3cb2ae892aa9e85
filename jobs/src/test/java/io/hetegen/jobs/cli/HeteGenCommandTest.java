package io.hetegen.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeteGenCommandTest {

    @ParameterizedTest
    @ValueSource(strings = {"demo", "run", "generate", "bench", "profile", "plan", "logits", "tokenize", "info"})
    void everyCommandHasHelpWithExamplesThatFits80Columns(String command) {
        CliRun run = CliRun.of(command, "--help");

        assertThat(run.exitCode()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("Usage: hetegen " + command, "Example");
        assertThat(run.out().lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void helpNamesTheCommands() {
        CliRun run = CliRun.of("--help");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains(
                        "demo",
                        "run",
                        "generate",
                        "bench",
                        "profile",
                        "plan",
                        "logits",
                        "tokenize",
                        "info",
                        "Exit codes");
        assertThat(run.out().lines()).allMatch(line -> line.length() <= 80);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--version", "-V", "generate --version"})
    void tellsItsVersion(String arguments) {
        CliRun run = CliRun.of(arguments.split(" "));

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).startsWith("hetegen ").contains("Java ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nosuchcommand",
                "generate",
                "generate -m x --no-such-option",
                "generate -m x -p a --chat b",
                "generate -m x -p a -n zero",
                "generate -m x -p a -n 0",
                "generate -m x -p a --temperature -1",
                "generate -m x -p a --top-p 2",
                "generate -m x -p a --threads -1",
                "generate -m x -p a --threads 1025",
                "generate -m x -p a --stop=",
                "generate -m= -p a",
                "logits -m= --ids 1",
                "tokenize -m=",
                "generate -m x --ids 1,b",
                "bench",
                "logits -m x",
                "tokenize"
            })
    void wrongUsageIsOneLineAndExitCode2(String arguments) {
        CliRun run = CliRun.of(arguments.isEmpty() ? new String[0] : arguments.split(" "));

        assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines())
                .singleElement()
                .asString()
                .startsWith("hetegen")
                .contains("--help");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "generate -p a -m",
                "tokenize -m",
                "logits --ids 1 -m",
                "bench -m",
                "profile -m",
                "plan --hardware x -m",
                "info"
            })
    void aMissingModelIsOneLineAndExitCode1(String arguments) {
        CliRun run = CliRun.of((arguments + " no/such.gguf").split(" "));

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines())
                .singleElement()
                .asString()
                .startsWith("hetegen: ")
                .contains("no/such.gguf");
    }

    @Test
    void verboseShowsWhereAFailureCameFrom() {
        CliRun run = CliRun.of("tokenize", "-m", "no/such.gguf", "--verbose");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("hetegen: ", "\tat io.hetegen.");
    }
}
