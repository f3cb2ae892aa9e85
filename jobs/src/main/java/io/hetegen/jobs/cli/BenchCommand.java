package io.hetegen.jobs.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.hetegen.engine.EngineOptions;
import io.hetegen.engine.GpuOptions;
import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.generate.GpuOpening;
import io.hetegen.engine.kernel.KernelChoice;
import io.hetegen.engine.linear.Profiling;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.ModelConfig;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelLoader;
import io.hetegen.engine.model.SyntheticModelFile;
import io.hetegen.engine.plan.PlanRequest;
import io.hetegen.engine.plan.Strategy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code hetegen bench}: how fast the forward pass is, in the words of llama-bench. */
@Command(
        name = "bench",
        description = {
            "Measures prefill (pp: tokens/s of a prompt) and decode (tg: tokens/s of generation, one at a time, from an "
                    + "empty context), the mean of several runs after a warm-up, and the share of the machine's read "
                    + "bandwidth that decode reaches, measured in between on the same memory and threads.",
            "",
            "All runs must give the same tokens, else the command fails."
        },
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  hetegen bench -m model.gguf",
            "  hetegen bench -m synthetic:llama-1.1b:q4_0 -p 128 -n 32 -t 2 -r 3",
            "  hetegen bench -m synthetic:llama-1.1b:q4_k_m --depth 1984 --sequences 8",
            "  hetegen bench -m synthetic:tiny:q8_0 -o json"
        })
final class BenchCommand implements Callable<Integer> {

    private static final int MOST_THREADS = 1024;
    private static final int MOST_SEQUENCES = 4096;
    private static final int MOST_TOKENS = 1 << 30;
    private static final double NANOS = 1e9;

    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            required = true,
            description = "The model, a GGUF file, or synthetic:SHAPE:TYPE: random weights without a file, of a shape "
                    + "like llama-1.1b, llama-8b, opt-6.7b, qwen3-0.6b or tiny.")
    private String model;

    @Option(
            names = {"-p", "--n-prompt"},
            paramLabel = "N",
            defaultValue = "512",
            description = "Tokens of the prompt. Default: ${DEFAULT-VALUE}.")
    private int promptTokens;

    @Option(
            names = {"-n", "--n-gen"},
            paramLabel = "N",
            defaultValue = "64",
            description = "Tokens to generate. Default: ${DEFAULT-VALUE}.")
    private int generatedTokens;

    @Option(
            names = {"-d", "--depth"},
            paramLabel = "N",
            defaultValue = "0",
            description = "Tokens in the context before the first is generated. Default: ${DEFAULT-VALUE}.")
    private int depth;

    @Option(
            names = "--sequences",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "Sequences that are decoded in one batch, after one alone; the speed is that of all together. "
                            + "Default: ${DEFAULT-VALUE}.")
    private int sequences;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "CPU threads that compute. Default: all cores.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = {"-r", "--repetitions"},
            paramLabel = "N",
            defaultValue = "5",
            description = "Runs that count. Default: ${DEFAULT-VALUE}.")
    private int repetitions;

    @Mixin
    private GpuFlags gpu;

    @Mixin
    private NumericsOption numerics;

    @Option(
            names = "--trace",
            paramLabel = "FILE",
            description =
                    "With a GPU: at the end record what CPU, pinning, copies and GPU do for a few tokens, and write "
                            + "it for chrome://tracing or Perfetto, and beside it a picture of one token, .png.")
    private @Nullable Path trace;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORM",
            defaultValue = "table",
            description = "table (default) or json: one line of pp, tg, ppDeviation, tgDeviation (tokens/s), "
                    + "weightBytesPerToken, readGBps, bandwidthShare and more.")
    private Output output;

    BenchCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    enum Output {
        TABLE,
        JSON
    }

    @Override
    public Integer call() throws IOException {
        atLeastOne("-p", promptTokens);
        atLeastOne("-n", generatedTokens);
        atLeastOne("-t", threads);
        atLeastOne("-r", repetitions);
        atLeastOne("--sequences", sequences);
        atLeast("-d", depth, 0);
        atMost("-t", threads, MOST_THREADS);
        atMost("--sequences", sequences, MOST_SEQUENCES);
        // Sums of them must not overflow.
        atMost("-n", generatedTokens, MOST_TOKENS);
        atMost("-d", depth, MOST_TOKENS);
        GpuOptions options = gpu.read();
        BenchPlan plan = new BenchPlan(promptTokens, generatedTokens, depth, sequences);
        boolean synthetic = SyntheticModelFile.isNameOf(model);
        try (ModelFile file = synthetic ? SyntheticModelFile.of(model) : ModelFiles.open(Path.of(model))) {
            ModelConfig config = ModelConfigReader.read(file);
            if (plan.longest() > config.contextLength()) {
                throw new CommandFailure(
                        plan.longest() + " tokens do not fit the model's context of " + config.contextLength());
            }
            progress(synthetic ? "making random weights" : "loading the weights");
            long start = System.nanoTime();
            try (ThreadTeam team = new ThreadTeam(threads);
                    CausalLm causalLm = ModelLoader.load(file, config, team, KvType.F16)) {
                BenchResult.Loaded loaded = new BenchResult.Loaded(
                        threads,
                        KernelChoice.make().name(),
                        causalLm.weightBytes(),
                        causalLm.weightBytesPerToken(),
                        (System.nanoTime() - start) / NANOS);
                Optional<GpuOpening.Opened> gpuPart = open(options, file, config, causalLm);
                int chunk = gpuPart.map(GpuOpening.Opened::promptChunk).orElse(Benchmark.CHUNK);
                Benchmark benchmark = new Benchmark(causalLm, plan, chunk, this::progress);
                print(BenchResult.of(loaded, plan, benchmark.run(repetitions)));
                if (trace != null) {
                    new TokenTrace(
                                    causalLm,
                                    gpuPart.orElseThrow(BenchCommand::noGpu).accelerator())
                            .write(model, trace);
                }
            }
        }
        return 0;
    }

    private Optional<GpuOpening.Opened> open(GpuOptions part, ModelFile file, ModelConfig config, CausalLm causalLm) {
        EngineOptions options = EngineOptions.of(file.path())
                .withPrefillChunk(Benchmark.CHUNK)
                .withMaxSequences(sequences)
                .withGpu(part)
                .withNumerics(numerics.numerics());
        PlanRequest request = new PlanRequest(
                Strategy.HETEGEN, 0, Math.addExact(depth, promptTokens), generatedTokens, KvType.F16, sequences);
        try (MeasuringBar bar = new MeasuringBar(terminal)) {
            return new GpuOpening(file, config, causalLm, threads)
                    .open(options, request, bytes -> Profiling.of(Profiling.USUAL_SECONDS, bytes, bar));
        }
    }

    private static CommandFailure noGpu() {
        return new CommandFailure("--trace records what a GPU does: there is none, or it has no part");
    }

    private void atLeastOne(String option, int value) {
        atLeast(option, value, 1);
    }

    private void atLeast(String option, int value, int least) {
        if (value < least) {
            throw new ParameterException(spec.commandLine(), option + " must be at least " + least + ", is " + value);
        }
    }

    private void atMost(String option, int value, int most) {
        if (value > most) {
            throw new ParameterException(spec.commandLine(), option + " must be at most " + most + ", is " + value);
        }
    }

    private void progress(String what) {
        if (terminal.errorIsTerminal()) {
            terminal.err().println(what + " ...");
        }
    }

    private void print(BenchResult result) throws IOException {
        if (output == Output.JSON) {
            terminal.out().println(new ObjectMapper().writeValueAsString(result));
            return;
        }
        terminal.out().println(Texts.cut(model, 79));
        terminal.out()
                .println(Texts.bytes(result.weightBytes()) + " of weights, " + threads
                        + (threads == 1 ? " thread, " : " threads, ") + result.kernels() + " kernels, " + repetitions
                        + (repetitions == 1 ? " run" : " runs"));
        terminal.out().println();
        String decode = "tg" + generatedTokens + (depth == 0 ? "" : " @ d" + depth);
        rate("pp" + promptTokens, result.pp(), result.ppDeviation());
        rate(decode, result.tg(), result.tgDeviation());
        if (sequences > 1) {
            rate(decode + " x " + sequences, result.tgTogether(), result.tgTogetherDeviation());
        }
        terminal.out().println();
        terminal.out().printf(Locale.ROOT, "weights loaded in       %.1f s%n", result.loadSeconds());
        terminal.out().println("weights read per token  " + Texts.bytes(result.weightBytesPerToken()));
        terminal.out().printf(Locale.ROOT, "plain read              %.1f GB/s%n", result.readGBps());
        terminal.out().printf(Locale.ROOT, "of which decode has     %.0f %%%n", 100 * result.bandwidthShare());
    }

    private void rate(String test, double mean, double deviation) {
        terminal.out().printf(Locale.ROOT, "%-20s %10.2f ± %.2f tokens/s%n", test, mean, deviation);
    }
}
