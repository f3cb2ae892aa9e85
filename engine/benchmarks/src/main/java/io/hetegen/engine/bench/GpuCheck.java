package io.hetegen.engine.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.hetegen.engine.HeteGenException;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.device.cuda.DeviceProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code bin/gpu-check}: whether a real GPU gives the CPU's bits, and how fast plans are on it. */
@Command(
        name = "gpu-check",
        description = {
            "Checks this machine's GPU: first that tiny models of all weight types and families have the CPU's bits on it, "
                    + "then, for each model, a profile, and decode at several budgets of GPU memory by each strategy "
                    + "beside what its plan predicts. Writes one JSON file and one table.",
            "",
            "Ends with 1 if there is no GPU, a bit differs or the GPU is given up."
        },
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  bin/gpu-check --out result",
            "  bin/gpu-check --out result -m synthetic:llama-1.1b:q4_k -b 0.3,all -n 16"
        })
public final class GpuCheck implements Callable<Integer> {

    private static final double GIGA = 1e9;

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("UnusedVariable") // picocli reads it
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            description = "synthetic:SHAPE:TYPE. May be repeated. Default: synthetic:opt-6.7b:f16 and "
                    + "synthetic:llama-8b:q4_k.")
    private List<String> models = List.of("synthetic:opt-6.7b:f16", "synthetic:llama-8b:q4_k");

    @Option(
            names = {"-b", "--budgets"},
            split = ",",
            paramLabel = "GB",
            description = "Budgets of GPU memory in 10^9 bytes, or all. Default: 1,2,4,8,all.")
    private List<String> budgets = List.of("1", "2", "4", "8", "all");

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "CPU threads. Default: all cores.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = {"-p", "--n-prompt"},
            defaultValue = "128",
            paramLabel = "N",
            description = "Tokens of the prompt. Default: ${DEFAULT-VALUE}.")
    private int promptTokens;

    @Option(
            names = {"-n", "--n-gen"},
            defaultValue = "32",
            paramLabel = "N",
            description = "Tokens to generate. Default: ${DEFAULT-VALUE}.")
    private int generatedTokens;

    @Option(
            names = "--profile-seconds",
            defaultValue = "20",
            paramLabel = "S",
            description = "Time for each profile. Default: ${DEFAULT-VALUE}.")
    private double profileSeconds;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Where gpu-check.json and gpu-check.md are written. Default: this folder.")
    private Path out = Path.of("");

    GpuCheck() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new GpuCheck()).setExecutionExceptionHandler((failure, line, result) -> {
            if (failure instanceof HeteGenException) {
                line.getErr().println("gpu-check: " + failure.getMessage());
                return 1;
            }
            throw failure;
        });
    }

    @Override
    public Integer call() throws IOException {
        List<Long> bytes = budgets.stream().map(this::bytes).toList();
        DeviceProbe probe = CudaDriver.probe(0);
        if (probe.device().isEmpty()) {
            spec.commandLine().getErr().println("gpu-check: GPU 0 is " + probe.text());
            return 1;
        }
        GpuReport report;
        try (ThreadTeam team = new ThreadTeam(threads)) {
            GpuReport.Equality equality = new GpuEquality(team, this::progress).run();
            GpuSpeed speed = new GpuSpeed(team, promptTokens, generatedTokens, profileSeconds, this::progress);
            List<GpuReport.Model> measured = new ArrayList<>();
            for (String model : models) {
                measured.add(speed.run(model, bytes));
            }
            report = new GpuReport(
                    LocalDate.now().toString(), Machine.here().toString(), probe.text(), threads, equality, measured);
        }
        Files.createDirectories(out.toAbsolutePath());
        new ObjectMapper()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .writeValue(out.resolve("gpu-check.json").toFile(), report);
        Files.writeString(out.resolve("gpu-check.md"), report.markdown());
        spec.commandLine().getOut().println(report.markdown());
        boolean right = report.equality().failures().isEmpty()
                && report.models().stream()
                        .flatMap(model -> model.runs().stream())
                        .allMatch(run ->
                                run.tokensPerSecond() == null || run.note().isEmpty());
        return right ? 0 : 1;
    }

    private long bytes(String budget) {
        if (budget.equals("all")) {
            return Long.MAX_VALUE;
        }
        try {
            return (long) (Double.parseDouble(budget) * GIGA);
        } catch (NumberFormatException e) {
            throw new CommandLine.ParameterException(
                    spec.commandLine(), "-b must be numbers of GB or all, one is " + budget, e);
        }
    }

    private void progress(String what) {
        spec.commandLine().getErr().println(what + " ...");
    }
}
