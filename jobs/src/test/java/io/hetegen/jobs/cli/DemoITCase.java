package io.hetegen.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoITCase {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    Path folder;

    @Test
    void aFailureInTheMiddleChangesNothingInTheOutput() throws Exception {
        Path quiet = folder.resolve("quiet.jsonl");
        Path chaos = folder.resolve("chaos.jsonl");

        JsonNode quietFigures = demo(quiet);
        JsonNode chaosFigures = demo(chaos, "--chaos");

        assertThat(quietFigures.get("restarts").intValue()).isZero();
        assertThat(chaosFigures.get("restarts").intValue()).isEqualTo(1);
        assertThat(chaosFigures.get("comparison").get("compared").intValue()).isEqualTo(20);
        assertThat(chaosFigures.get("comparison").get("equal").intValue()).isEqualTo(20);
        assertThat(Files.readAllLines(quiet)).hasSize(20).isSorted();
        assertThat(Files.readString(chaos)).isEqualTo(Files.readString(quiet));
    }

    private JsonNode demo(Path out, String... options) throws Exception {
        Path json = folder.resolve(out.getFileName() + ".figures");
        String[] arguments = new String[options.length + 7];
        System.arraycopy(
                new String[] {"demo", "--records", "20", "--out", out.toString(), "--json", json.toString()},
                0,
                arguments,
                0,
                7);
        System.arraycopy(options, 0, arguments, 7, options.length);

        CliRun run = CliRun.of(arguments);

        assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
        assertThat(run.out().lines())
                .allMatch(line -> line.length() <= 80)
                .anyMatch(line -> line.matches("Completions out +20"))
                .anyMatch(line -> line.matches("Missing +0"))
                .anyMatch(line -> line.matches("Duplicates +0"));
        JsonNode figures = MAPPER.readTree(json.toFile());
        assertThat(figures.get("recordsIn").intValue()).isEqualTo(20);
        assertThat(figures.get("completionsOut").intValue()).isEqualTo(20);
        assertThat(figures.get("duplicates").intValue()).isZero();
        assertThat(figures.get("missing").intValue()).isZero();
        assertThat(figures.get("validJson").doubleValue()).isEqualTo(1.0);
        assertThat(figures.get("accuracy").get("category").doubleValue()).isGreaterThan(0.9);
        assertThat(figures.get("firstGeneratedSeconds").doubleValue())
                .isLessThanOrEqualTo(figures.get("firstCommittedSeconds").doubleValue());
        return figures;
    }
}
