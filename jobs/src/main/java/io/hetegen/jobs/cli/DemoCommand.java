package io.hetegen.jobs.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.hetegen.jobs.demo.Demo;
import io.hetegen.jobs.demo.DemoReport;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code hetegen demo}: everything in one process, and the figures of it. */
@Command(
        name = "demo",
        description = {
            "Streams support tickets through Kafka, Flink and a small bundled model and counts what comes out.",
            "",
            "Broker, cluster and model are real and run in this process; nothing needs to be installed. The exit code "
                    + "is 0 only when every ticket has exactly one completion."
        },
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  hetegen demo",
            "  hetegen demo --chaos --out completions.jsonl --json figures.json"
        })
final class DemoCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--records",
            paramLabel = "N",
            defaultValue = "500",
            description = "How many tickets; above 500 they repeat. Default: ${DEFAULT-VALUE}.")
    private int records;

    @Option(
            names = "--chaos",
            description = "Let a task fail in the middle, and compare every text with what the engine alone answers.")
    private boolean chaos;

    @Option(
            names = "--parallelism",
            paramLabel = "N",
            defaultValue = "2",
            description = "Flink's parallelism; all subtasks share one engine. Default: ${DEFAULT-VALUE}.")
    private int parallelism;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures to this file.")
    private @Nullable Path json;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Write the completions to this file as JSON lines, sorted by id: two runs give equal files.")
    private @Nullable Path out;

    DemoCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        requireAtLeastOne("--records", records);
        requireAtLeastOne("--parallelism", parallelism);
        Instant started = ProcessHandle.current().info().startInstant().orElseGet(Instant::now);
        Demo.Outcome outcome;
        try (DemoProgress progress = DemoProgress.on(terminal, records)) {
            outcome = new Demo(records, chaos, parallelism, started).run(progress);
        }
        DemoReport report = outcome.report();
        if (out != null) {
            Files.write(out, outcome.completions(), StandardCharsets.UTF_8);
        }
        if (json != null) {
            Files.write(
                    json, new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(report));
        }
        DemoTable.of(report).forEach(terminal.out()::println);
        return report.passed() ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    private void requireAtLeastOne(String option, int value) {
        if (value < 1) {
            throw new ParameterException(spec.commandLine(), option + " must be at least 1, got " + value);
        }
    }
}
