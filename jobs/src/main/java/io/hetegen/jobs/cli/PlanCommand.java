package io.hetegen.jobs.cli;

import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.generate.ModelProfiler;
import io.hetegen.engine.model.ModelConfig;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelShapeReader;
import io.hetegen.engine.model.SyntheticModelFile;
import io.hetegen.engine.plan.CostModel;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PlanFile;
import io.hetegen.engine.plan.PlanRequest;
import io.hetegen.engine.plan.Planner;
import io.hetegen.engine.plan.ProfiledCosts;
import io.hetegen.engine.plan.RooflineCosts;
import io.hetegen.engine.plan.Span;
import io.hetegen.engine.plan.Strategy;
import io.hetegen.engine.profile.HardwareDescription;
import io.hetegen.engine.profile.Profile;
import io.hetegen.engine.profile.ProfileCache;
import io.hetegen.engine.profile.ProfileKey;
import io.hetegen.jobs.SlotPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code hetegen plan}: which part of each linear the CPU and the GPU get, and how fast that is predicted to be. */
@Command(
        name = "plan",
        description = {
            "Plans how a model is split between CPU and GPU, and predicts its speed, from a measured profile or from a "
                    + "description of the hardware. Neither the weights nor a GPU are needed.",
            "",
            "Sizes are numbers with KB, MB, GB (powers of 1000) or KiB, MiB, GiB (powers of 1024)."
        },
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  hetegen plan -m model.gguf --hardware docs/hardware/a10.json --gpu-memory 4GB",
            "  hetegen plan -m synthetic:opt-30b:f16 --hardware docs/hardware/a10.json \\",
            "      --sweep 1.7GB,6.2GB,20.3GB --plot opt-30b.svg",
            "  hetegen plan -m model.gguf --profile profile.json --flink",
            "  hetegen profile -m model.gguf && hetegen plan -m model.gguf -o plan.json"
        })
final class PlanCommand implements Callable<Integer> {

    private static final int MOST_TOKENS = 1 << 24;
    private static final int MOST_SEQUENCES = 1024;

    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            required = true,
            description = "The model, a GGUF file, or synthetic:SHAPE:TYPE: the sizes of a known model without a file.")
    private String model;

    @ArgGroup
    private @Nullable Machine machine;

    @Option(
            names = "--gpu-memory",
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description = "What the engine may use of the GPU's memory. Default: all of it.")
    private @Nullable ByteSize gpuMemory;

    @Option(
            names = {"-t", "--threads"},
            paramLabel = "N",
            description = "CPU threads that compute. Default: all cores of the hardware.")
    private @Nullable Integer threads;

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "N",
            defaultValue = "512",
            description = "Tokens of a typical prompt. Default: ${DEFAULT-VALUE}.")
    private int promptTokens;

    @Option(
            names = {"-n", "--generate"},
            paramLabel = "N",
            defaultValue = "64",
            description = "Tokens of a typical answer. Default: ${DEFAULT-VALUE}.")
    private int generatedTokens;

    @Option(
            names = "--sequences",
            paramLabel = "N",
            defaultValue = "1",
            description = "Sequences at once whose caches get room. The predicted speed is that of one alone. Default: "
                    + "${DEFAULT-VALUE}.")
    private int sequences;

    @Mixin
    private KvTypeOption kvType;

    @Option(
            names = "--strategy",
            paramLabel = "NAME",
            defaultValue = "hetegen",
            description =
                    "hetegen (default), or what others do: layers (whole layers on the GPU, as llama.cpp), stream "
                            + "(all weights over the link, as FlexGen), cpu.")
    private Strategy strategy;

    @Option(names = "--json", description = "Print one JSON object, or with --sweep one array, instead of a table.")
    private boolean json;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write the plan as JSON too.")
    private @Nullable Path output;

    @Option(
            names = "--sweep",
            split = ",",
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description = "Compare all strategies at several sizes of GPU memory, separated by commas.")
    private List<ByteSize> sweep = List.of();

    @Option(
            names = "--plot",
            paramLabel = "FILE",
            description = "With --sweep: draw the comparison, as SVG or (NAME.png) PNG.")
    private @Nullable Path plot;

    @Option(
            names = "--timeline",
            paramLabel = "FILE",
            description = "Draw the beginning of a decoded token's predicted timeline, as SVG or (NAME.png) PNG.")
    private @Nullable Path timeline;

    @Option(
            names = "--flink",
            description = "Print what the plan means for Flink: settings of the TaskManager and of the job's slots.")
    private boolean flink;

    @Option(
            names = "--slots",
            paramLabel = "N",
            defaultValue = "1",
            description = "With --flink: slots of a TaskManager, which share the engine. Default: ${DEFAULT-VALUE}.")
    private int slots;

    PlanCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Where the costs come from. */
    static final class Machine {

        @Option(
                names = "--hardware",
                paramLabel = "FILE",
                description = "A description of the hardware as JSON: rates of CPU, link and GPU.")
        private @Nullable Path hardware;

        @Option(
                names = "--profile",
                paramLabel = "FILE",
                description = "What was measured on the machine, as JSON. Default: what was measured on this one.")
        private @Nullable Path profile;
    }

    @Override
    public Integer call() throws IOException {
        inRange("--prompt", promptTokens, MOST_TOKENS);
        inRange("--generate", generatedTokens, MOST_TOKENS);
        inRange("--sequences", sequences, MOST_SEQUENCES);
        inRange("--slots", slots, 1024);
        if (plot != null && sweep.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "--plot draws a --sweep, which is missing");
        }
        if (!sweep.isEmpty() && (flink || output != null || timeline != null || gpuMemory != null)) {
            throw new ParameterException(
                    spec.commandLine(), "--sweep goes with neither --gpu-memory, --flink, --output nor --timeline");
        }
        if (flink && json) {
            throw new ParameterException(
                    spec.commandLine(), "--flink has no JSON form: give one of --flink and --json");
        }
        ModelShape shape = shape();
        CostModel costs = costs(shape);
        long memory = gpuMemory != null ? gpuMemory.bytes() : costs.hasGpu() ? costs.gpuMemoryBytes() : 0;
        PlanRequest request =
                new PlanRequest(strategy, memory, promptTokens, generatedTokens, kvType.type(), sequences);
        Planner planner = new Planner(shape, costs);
        if (sweep.isEmpty()) {
            print(planner, planner.plan(request));
        } else {
            print(PlanSweep.run(shape, planner, request, sweep));
        }
        return 0;
    }

    private ModelShape shape() throws IOException {
        boolean synthetic = SyntheticModelFile.isNameOf(model);
        try (ModelFile file = synthetic ? SyntheticModelFile.of(model) : ModelFiles.open(Path.of(model))) {
            ModelConfig config = ModelConfigReader.read(file);
            int tokens = Math.addExact(promptTokens, generatedTokens);
            if (tokens > config.contextLength()) {
                throw new CommandFailure(promptTokens + " + " + generatedTokens
                        + " tokens do not fit the model's context of " + config.contextLength());
            }
            return ModelShapeReader.read(file, config);
        }
    }

    private CostModel costs(ModelShape shape) throws IOException {
        if (machine == null) {
            return keptCosts(shape);
        }
        if (machine.profile != null) {
            return measuredCosts(shape, machine.profile, Profile.read(machine.profile));
        }
        HardwareDescription hardware = HardwareDescription.read(Objects.requireNonNull(machine.hardware));
        int cores = hardware.cpu().cores();
        if (threads != null) {
            inRange("--threads", threads, cores);
        }
        return new RooflineCosts(hardware, threads == null ? cores : threads);
    }

    /** Of this machine, from an earlier command. */
    private CostModel keptCosts(ModelShape shape) {
        int team = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        ProfileCache cache = new ProfileCache(ProfileCache.userFolder());
        ProfileKey key = ModelProfiler.key(shape, team);
        Profile profile = cache.find(key)
                .orElseThrow(() -> new CommandFailure("nothing was measured with " + Texts.cut(model, 60) + " and "
                        + team + " threads on this machine (" + cache.file(key)
                        + "): run hetegen profile, or give --profile or --hardware"));
        terminal.err().println("Planning from " + cache.file(key));
        return measuredCosts(shape, cache.file(key), profile);
    }

    private CostModel measuredCosts(ModelShape shape, Path file, Profile profile) {
        if (!profile.model().equals(shape.fingerprint())) {
            throw new CommandFailure(file + " was measured with a model of other sizes: measure " + Texts.cut(model, 60)
                    + " with hetegen profile");
        }
        if (threads != null && threads != profile.threads()) {
            throw new CommandFailure(file + " was measured with " + profile.threads() + " threads, not with " + threads
                    + ": leave --threads out or measure again");
        }
        ProfiledCosts costs = new ProfiledCosts(profile);
        costs.unknown(shape).ifPresent(linear -> {
            throw new CommandFailure(file + " has no measurement of " + linear.name() + ", " + linear.shape());
        });
        return costs;
    }

    private void print(Planner planner, PartitionPlan plan) throws IOException {
        if (output != null) {
            PlanFile.write(plan, output);
        }
        if (timeline != null) {
            List<Span> spans = planner.decodeTimeline(plan);
            String title = "The first four layers of a token: " + Texts.cut(plan.model(), 40) + ", "
                    + new ByteSize(plan.request().gpuMemoryBytes()).text() + " of GPU memory";
            double seconds =
                    plan.decode().seconds() * Math.min(1, 4.0 / plan.kvOnGpu().size());
            PictureFile.write(timeline, TimelineSvg.of(title, spans, seconds));
        }
        if (json) {
            terminal.out().println(PlanFile.toJson(plan));
        } else if (flink) {
            SlotPlanText.of(SlotPlan.of(plan, slots)).forEach(terminal.out()::println);
        } else {
            new PlanTable(plan).lines().forEach(terminal.out()::println);
        }
    }

    private void print(PlanSweep comparison) throws IOException {
        if (plot != null) {
            PictureFile.write(plot, comparison.svg());
        }
        if (json) {
            terminal.out().println(comparison.json());
        } else {
            comparison.lines().forEach(terminal.out()::println);
        }
    }

    private void inRange(String option, int value, int most) {
        if (value < 1 || value > most) {
            throw new ParameterException(spec.commandLine(), option + " must be from 1 to " + most + ", is " + value);
        }
    }
}
