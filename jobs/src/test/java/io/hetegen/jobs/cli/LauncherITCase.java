package io.hetegen.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/hetegen} as a process, on the build that is just being tested. */
class LauncherITCase {

    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final long SECONDS = 60;

    @TempDir
    Path folder;

    private Path launcher;

    @BeforeEach
    void linkFromAFolderWithABlank() throws IOException {
        Path elsewhere = Files.createDirectory(folder.resolve("some where"));
        launcher = Files.createSymbolicLink(elsewhere.resolve("hetegen"), PROJECT.resolve("bin/hetegen"));
    }

    @Test
    void startsThroughALinkFromAnyFolder() throws Exception {
        CliRun run = launch(Map.of(), "--version");

        assertThat(run.err()).isEmpty();
        assertThat(run.out()).matches("hetegen \\d+\\.\\d+.*, Java \\d+.*\\R");
        assertThat(run.exitCode()).isZero();
    }

    @Test
    void passesExitCodesOn() throws Exception {
        assertThat(launch(Map.of(), "nosuchcommand").exitCode()).isEqualTo(2);
        assertThat(launch(Map.of(), "info", "no/such.gguf").exitCode()).isEqualTo(1);
    }

    @Test
    void keepsTextBeyondAsciiUnderAnyLocale() throws Exception {
        String model = System.getProperty("hetegen.demo.model");
        Map<String, String> plain = Map.of("LC_ALL", "C");

        CliRun run = launch(plain, "generate", "-m", model, "-p", "é", "-n", "1", "--json");

        assertThat(run.exitCode()).as(run.err()).isZero();
        String ids =
                CliRun.withInput("é", "tokenize", "-m", model).out().strip().replace(" ", "");
        assertThat(run.out()).contains("\"promptIds\":" + ids);
    }

    @Test
    void namesAJavaHomeWithoutJava() throws Exception {
        CliRun run = launch(Map.of("JAVA_HOME", folder.toString()), "--version");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err().lines()).singleElement().asString().contains("JAVA_HOME", folder.toString());
    }

    private CliRun launch(Map<String, String> environment, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(launcher.toString()));
        command.addAll(Arrays.asList(arguments));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
            return new CliRun(
                    process.exitValue(),
                    Files.readString(out, StandardCharsets.UTF_8),
                    Files.readString(err, StandardCharsets.UTF_8));
        } finally {
            process.destroyForcibly();
        }
    }
}
