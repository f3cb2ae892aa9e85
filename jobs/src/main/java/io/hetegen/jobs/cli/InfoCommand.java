package io.hetegen.jobs.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.kernel.KernelChoice;
import io.hetegen.engine.tokenizer.Tokenizer;
import io.hetegen.engine.tokenizer.TokenizerLoader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hetegen info}: what a model file holds and needs, read from its header. */
@Command(
        name = "info",
        description = "Shows what a model is and how much memory it needs, without loading its weights.",
        sortOptions = false,
        footer = {"", "Examples:", "  hetegen info model.gguf", "  hetegen info model.gguf --json"})
final class InfoCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Parameters(paramLabel = "MODEL", description = "The model, a GGUF file.")
    private Path model;

    @Option(names = "--json", description = "Print one JSON object instead; sizes are bytes.")
    private boolean json;

    InfoCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        ModelSummary summary;
        try (ModelFile file = ModelFiles.open(model);
                Tokenizer tokenizer = TokenizerLoader.load(file)) {
            summary = ModelSummary.of(file, tokenizer, KernelChoice.make());
        }
        if (json) {
            terminal.out().println(new ObjectMapper().writeValueAsString(summary));
        } else {
            summary.lines().forEach(terminal.out()::println);
        }
        return 0;
    }
}
