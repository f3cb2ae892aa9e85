package io.hetegen.engine.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.hetegen.engine.HeteGenException;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.model.SyntheticModelFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code bin/side-by-side}: HeteGen and llama.cpp on the same files, with the same threads, in turn. */
@Command(
        name = "side-by-side",
        description = {
            "Runs HeteGen and llama.cpp in turn on the same model files with the same threads, each run in a process of "
                    + "its own, and prints a table: tokens/s of a prompt (pp) and of generation (tg), their ratio, and "
                    + "the bandwidth that generation reads weights with.",
            "",
            "Their side is llama-bench, with flash attention on or off, whichever is faster."
        },
        sortOptions = false,
        footer = {
            "",
            "Example:",
            "  engine/benchmarks/peers/setup.sh ../peers",
            "  bin/side-by-side --peer ../peers/llama.cpp -t 1,2 \\",
            "      -m synthetic:llama-1.1b:q4_0 -m model.gguf"
        })
public final class SideBySide implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @SuppressWarnings("UnusedVariable") // picocli reads it
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    @Option(
            names = "--peer",
            required = true,
            paramLabel = "DIR",
            description = "llama.cpp: the folder of that name that engine/benchmarks/peers/setup.sh makes.")
    private Path peer;

    @Option(
            names = {"-m", "--model"},
            required = true,
            paramLabel = "MODEL",
            description = "A GGUF file, or synthetic:SHAPE:TYPE for one with random weights that is written first, for "
                    + "example synthetic:llama-1.1b:q4_k_m. May be repeated.")
    private List<String> models;

    @Option(
            names = {"-t", "--threads"},
            split = ",",
            defaultValue = "1",
            paramLabel = "N",
            description = "Numbers of threads, with commas between. Default: ${DEFAULT-VALUE}.")
    private List<Integer> threads;

    @Option(
            names = {"-p", "--n-prompt"},
            defaultValue = "512",
            paramLabel = "N",
            description = "Tokens of the prompt. Default: ${DEFAULT-VALUE}.")
    private int promptTokens;

    @Option(
            names = {"-n", "--n-gen"},
            defaultValue = "64",
            paramLabel = "N",
            description = "Tokens to generate. Default: ${DEFAULT-VALUE}.")
    private int generatedTokens;

    @Option(
            names = {"-r", "--rounds"},
            defaultValue = "5",
            paramLabel = "N",
            description = "Runs of each side. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--work",
            paramLabel = "DIR",
            description =
                    "Where files with random weights are written and kept. Default: the folder for temporary files.")
    private Path work = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(names = "--json", paramLabel = "FILE", description = "Every run, as JSON.")
    private @Nullable Path json;

    @Option(
            names = "--hetegen",
            defaultValue = "${sys:hetegen.command:-bin/hetegen}",
            paramLabel = "FILE",
            description = "HeteGen's command line. Default: bin/hetegen of the checkout.")
    private Path command;

    SideBySide() {}

    /** Ends the process with 0, 1 if nothing can be compared, 2 for wrong usage. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new SideBySide()).setExecutionExceptionHandler((failure, line, result) -> {
            if (failure instanceof ComparisonException || failure instanceof HeteGenException) {
                line.getErr().println("side-by-side: " + failure.getMessage());
                return 1;
            }
            throw failure;
        });
    }

    @Override
    public Integer call() throws IOException {
        atLeastOne("-p", promptTokens);
        atLeastOne("-n", generatedTokens);
        atLeastOne("-r", rounds);
        threads.forEach(count -> atLeastOne("-t", count));
        HeteGen ours = new HeteGen(command.toAbsolutePath());
        LlamaCpp theirs = new LlamaCpp(peer.toAbsolutePath());
        List<Comparison> comparisons = new ArrayList<>();
        String version = ours.version();
        for (String model : models) {
            Path file = file(model);
            String name = String.valueOf(file.getFileName()).replaceAll("\\.gguf$", "");
            progress(String.format(
                    Locale.ROOT, "%s: logits differ by %.4f of their size", name, SameModel.check(file, ours, theirs)));
            for (int count : threads) {
                Workload workload = new Workload(file, count, promptTokens, generatedTokens);
                comparisons.add(Comparison.run(name, workload, rounds, ours, theirs, this::progress));
            }
        }
        Report report = new Report(
                LocalDate.now().toString(),
                Machine.here().toString(),
                version,
                theirs.version(),
                String.join(" ", spec.commandLine().getParseResult().originalArgs()),
                promptTokens,
                generatedTokens,
                comparisons);
        if (json != null) {
            new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(json.toFile(), report);
        }
        PrintWriter out = spec.commandLine().getOut();
        out.print(report.markdown());
        out.flush();
        return 0;
    }

    private void atLeastOne(String option, int value) {
        if (value < 1) {
            throw new ParameterException(spec.commandLine(), option + " must be at least 1, is " + value);
        }
    }

    private Path file(String model) throws IOException {
        if (!SyntheticModelFile.isNameOf(model)) {
            return Path.of(model).toAbsolutePath();
        }
        try (ModelFile synthetic = SyntheticModelFile.of(model)) {
            String[] parts = model.split(":");
            Path file = work.resolve(parts[1] + "-" + parts[2] + ".gguf").toAbsolutePath();
            if (Files.notExists(file)) {
                progress("writing " + file);
                Files.createDirectories(work);
                GgufWriter.write(synthetic, file);
            }
            return file;
        }
    }

    private void progress(String what) {
        spec.commandLine().getErr().println(what);
    }
}
