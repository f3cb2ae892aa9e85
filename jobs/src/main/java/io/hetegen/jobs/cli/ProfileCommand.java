package io.hetegen.jobs.cli;

import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.generate.ModelProfiler;
import io.hetegen.engine.linear.Profiling;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelShapeReader;
import io.hetegen.engine.model.SyntheticModelFile;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.profile.Profile;
import io.hetegen.engine.profile.ProfileCache;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code hetegen profile}: what this machine needs for a model's linears, for {@code hetegen plan}. */
@Command(
        name = "profile",
        description = {
            "Measures what CPU, link and GPU of this machine need for the linears of a model, on its own weights, each "
                    + "alone and while the others run. hetegen plan makes a plan of it, and --gpu auto uses it: it is kept for both. Without a GPU the "
                    + "CPU alone is measured.",
            "",
            "Sizes are numbers with KB, MB, GB (powers of 1000) or KiB, MiB, GiB (powers of 1024)."
        },
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  hetegen profile -m model.gguf -o profile.json",
            "  hetegen profile -m synthetic:opt-6.7b:f16 --gpu-memory 6GB -o profile.json --plot curves.svg",
            "  hetegen plan -m model.gguf --profile profile.json --gpu-memory 6GB"
        })
final class ProfileCommand implements Callable<Integer> {

    private static final int MOST_THREADS = 1024;
    private static final int MOST_SECONDS = 3600;

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
            names = "--gpu-memory",
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description = "Most that measuring takes of the GPU's memory; 0 measures the CPU alone. Default: as much "
                    + "as is of use.")
    private ByteSize gpuMemory = new ByteSize(Long.MAX_VALUE);

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "CPU threads that compute. Default: all cores.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "15",
            description = "About how long to measure, beside loading; a slow machine takes longer for the least "
                    + "number of samples. Default: ${DEFAULT-VALUE}.")
    private int seconds;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write the profile there as JSON.")
    private @Nullable Path output;

    @Option(
            names = "--plot",
            paramLabel = "FILE",
            description = "Draw the curves and where they cross, as SVG or (NAME.png) PNG.")
    private @Nullable Path plot;

    @Option(names = "--json", description = "Print the profile as one JSON object instead of a table.")
    private boolean json;

    ProfileCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        inRange("--threads", threads, MOST_THREADS);
        inRange("--seconds", seconds, MOST_SECONDS);
        boolean synthetic = SyntheticModelFile.isNameOf(model);
        try (ModelFile file = synthetic ? SyntheticModelFile.of(model) : ModelFiles.open(Path.of(model))) {
            ModelShape shape = ModelShapeReader.read(file, ModelConfigReader.read(file));
            Profile profile = measure(file, synthetic ? "making random weights" : "loading the weights");
            new ProfileCache(ProfileCache.userFolder()).store(profile);
            if (output != null) {
                profile.write(output);
            }
            if (plot != null) {
                PictureFile.write(plot, new ProfilePlot(shape, profile).svg());
            }
            if (json) {
                terminal.out().println(profile.toJson());
            } else {
                new ProfileTable(shape, profile).lines().forEach(terminal.out()::println);
            }
        }
        return 0;
    }

    private Profile measure(ModelFile file, String before) {
        try (MeasuringBar bar = new MeasuringBar(terminal)) {
            bar.say(before);
            return ModelProfiler.measure(file, threads, Profiling.of(seconds, gpuMemory.bytes(), bar));
        }
    }

    private void inRange(String option, int value, int most) {
        if (value < 1 || value > most) {
            throw new ParameterException(spec.commandLine(), option + " must be from 1 to " + most + ", is " + value);
        }
    }
}
