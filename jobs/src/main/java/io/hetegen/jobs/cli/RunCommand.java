package io.hetegen.jobs.cli;

import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.jobs.GenerateJob;
import io.hetegen.jobs.JobOptions;
import io.hetegen.jobs.demo.LocalCluster;
import io.hetegen.jobs.serde.Format;
import io.hetegen.operator.GenerateOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code hetegen run}: the job against the user's Kafka, in a cluster in this process. */
@Command(
        name = "run",
        description = {
            "Answers the prompts of a Kafka topic, with Flink in this process, until it is stopped with Ctrl-C.",
            "",
            "Each prompt gets one completion, exactly once, across stops and failures too: what is unfinished is kept "
                    + "in the state folder, and the next run with the same folder and topics goes on from there."
        },
        sortOptions = false,
        footer = {
            "",
            "Example:",
            "  hetegen run --bootstrap-servers localhost:9092 --input prompts \\",
            "      --output completions --model model.gguf --format json",
            "",
            "For a Flink cluster see docs/deploy.md."
        })
final class RunCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--bootstrap-servers",
            paramLabel = "HOST:PORT",
            required = true,
            description = "Kafka brokers, separated by commas.")
    private String bootstrapServers;

    @Option(names = "--input", paramLabel = "TOPIC", required = true, description = "Topic of the prompts.")
    private String input;

    @Option(names = "--output", paramLabel = "TOPIC", required = true, description = "Topic of the completions.")
    private String output;

    @Option(
            names = "--dead-letters",
            paramLabel = "TOPIC",
            description = "Topic of the prompts that get no completion. Default: the output topic's name with "
                    + "-dead-letters behind it.")
    private @Nullable String deadLetters;

    @Option(
            names = "--previews",
            paramLabel = "TOPIC",
            description = "Topic of pieces of unfinished answers. Default: there are none.")
    private @Nullable String previews;

    @Mixin
    private ModelOption model;

    @Mixin
    private GpuFlags gpu;

    @Mixin
    private NumericsOption numerics;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "avro",
            description = "How records are written: avro (default) or json.")
    private Format format;

    @Option(
            names = "--parallelism",
            paramLabel = "N",
            defaultValue = "1",
            description = "Flink's parallelism; all subtasks share one engine. Default: ${DEFAULT-VALUE}.")
    private int parallelism;

    @Option(
            names = "--state",
            paramLabel = "FOLDER",
            defaultValue = "hetegen-state",
            description = "Where checkpoints are kept. Default: ${DEFAULT-VALUE} in this folder.")
    private Path state;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Set an option of the job (docs/options.md) or of Flink. May be given several times.")
    private Map<String, String> settings = Map.of();

    RunCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws Exception {
        if (parallelism < 1) {
            throw new ParameterException(spec.commandLine(), "--parallelism must be at least 1, got " + parallelism);
        }
        try (ModelFile file = ModelFiles.open(model.path())) {
            // What the engine would refuse later fails the job again and again.
            ModelConfigReader.read(file);
        }
        Configuration job = configuration();
        GenerateJob.check(job);
        Path folder = state.toAbsolutePath().resolve(name());
        Files.createDirectories(folder);
        Optional<Path> before = KeptState.latest(folder);
        before.ifPresent(path -> {
            job.set(StateRecoveryOptions.SAVEPOINT_PATH, path.toUri().toString());
            terminal.err().println("Going on from " + path);
        });
        try (LocalCluster cluster = LocalCluster.start(parallelism, folder, job)) {
            StreamExecutionEnvironment environment = cluster.environment();
            environment.setParallelism(parallelism);
            terminal.err().println(GenerateJob.build(environment, job));
            LocalCluster.Job running = cluster.submit(environment);
            return new JobWatch(terminal, running, input + " to " + output).untilItEnds();
        } catch (IllegalArgumentException | IllegalConfigurationException e) {
            throw new CommandFailure("Flink refuses a setting: " + e.getMessage(), e);
        }
    }

    /** '+' stands in no topic's name: the jobs from a to b-c and from a-b to c must not meet. */
    private String name() {
        return input + "+" + output;
    }

    private Configuration configuration() throws IOException {
        Configuration job = gpu.jobConfiguration();
        if (!gpu.given() && settings.containsKey(GenerateOptions.PLAN.key())) {
            job.removeConfig(GenerateOptions.GPU);
        }
        job.set(GenerateOptions.NUMERICS, numerics.numerics());
        job.addAll(Configuration.fromMap(settings));
        job.set(JobOptions.BOOTSTRAP_SERVERS, bootstrapServers)
                .set(JobOptions.INPUT_TOPIC, input)
                .set(JobOptions.OUTPUT_TOPIC, output)
                .set(JobOptions.FORMAT, format)
                .set(GenerateOptions.MODEL_PATH, model.path().toRealPath().toString());
        if (deadLetters != null) {
            job.set(JobOptions.DEAD_LETTER_TOPIC, deadLetters);
        }
        if (previews != null) {
            job.set(JobOptions.PREVIEW_TOPIC, previews);
        }
        if (!job.contains(JobOptions.TRANSACTIONAL_ID_PREFIX)) {
            // The same in every run of the same job, and another for another job.
            job.set(JobOptions.TRANSACTIONAL_ID_PREFIX, "hetegen-run-" + name());
        }
        // Flink would remove the checkpoints of a job that fails for good.
        job.set(
                CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
        return job;
    }
}
