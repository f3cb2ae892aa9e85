package io.hetegen.jobs.cli;

import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option {@code --model}, the same in every command that has it. */
final class ModelOption {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            required = true,
            description = "The model, a GGUF file.")
    private Path path;

    /** @throws ParameterException if the path is empty, which Java would read as the current folder */
    Path path() {
        if (path.toString().isEmpty()) {
            throw new ParameterException(spec.commandLine(), "--model is empty, give the path of a GGUF file");
        }
        return path;
    }
}
