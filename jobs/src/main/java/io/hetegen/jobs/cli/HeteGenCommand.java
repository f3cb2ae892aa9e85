package io.hetegen.jobs.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line's top. Exit codes: 0 done, 1 failed, 2 wrong usage. */
@Command(
        name = "hetegen",
        description = "Generates text with language models, alone or as a Flink job over Kafka.",
        synopsisSubcommandLabel = "COMMAND",
        versionProvider = HeteGenCommand.Version.class,
        footer = {
            "",
            "Examples:",
            "  hetegen demo",
            "  hetegen generate -m model.gguf -p 'Once upon a time' -n 64",
            "  hetegen run --bootstrap-servers localhost:9092 --input prompts \\",
            "      --output completions --model model.gguf",
            "",
            "hetegen COMMAND --help tells more. Exit codes: 0 done, 1 failed, 2 wrong usage."
        })
public final class HeteGenCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show the version.")
    @SuppressWarnings("UnusedVariable") // picocli acts on it
    private boolean version;

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Show where a failure came from, as a stack trace.")
    private boolean verbose;

    private HeteGenCommand() {}

    public static void main(String[] arguments) {
        System.exit(run(Terminal.system(), arguments));
    }

    /** One run of the command line on the given streams; returns the exit code. */
    static int run(Terminal terminal, String... arguments) {
        HeteGenCommand top = new HeteGenCommand();
        CommandLine commandLine = new CommandLine(top)
                .addSubcommand(new DemoCommand(terminal))
                .addSubcommand(new RunCommand(terminal))
                .addSubcommand(new GenerateCommand(terminal))
                .addSubcommand(new BenchCommand(terminal))
                .addSubcommand(new ProfileCommand(terminal))
                .addSubcommand(new PlanCommand(terminal))
                .addSubcommand(new LogitsCommand(terminal))
                .addSubcommand(new TokenizeCommand(terminal))
                .addSubcommand(new InfoCommand(terminal));
        commandLine
                .getSubcommands()
                .values()
                .forEach(command -> command.getCommandSpec().versionProvider(new Version()));
        FailureLines failures = new FailureLines();
        commandLine
                .setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))
                .setCaseInsensitiveEnumValuesAllowed(true)
                // A prompt may well begin with an @.
                .setExpandAtFiles(false)
                .setExecutionExceptionHandler(failures)
                .setParameterExceptionHandler(failures);
        try {
            return commandLine.execute(arguments);
        } catch (OutOfMemoryError e) {
            return FailureLines.report(e, commandLine, top.verbose);
        }
    }

    boolean verbose() {
        return verbose;
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }

    /** The version that the build wrote into the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = HeteGenCommand.class.getPackage().getImplementationVersion();
            return new String[] {
                "hetegen " + (version == null ? "(not packaged)" : version) + ", Java " + Runtime.version()
            };
        }
    }
}
