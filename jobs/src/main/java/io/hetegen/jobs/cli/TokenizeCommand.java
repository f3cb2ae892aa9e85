package io.hetegen.jobs.cli;

import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.tokenizer.Tokenizer;
import io.hetegen.engine.tokenizer.TokenizerLoader;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code hetegen tokenize}: text to token ids and back, by a model's vocabulary alone. */
@Command(
        name = "tokenize",
        description = {
            "Reads text from standard input and prints its token ids as a JSON array.",
            "",
            "The text is taken byte for byte, a trailing newline included. Special tokens such as BOS are added as the "
                    + "model adds them; special tokens written in the text are ordinary text. Only the vocabulary is "
                    + "loaded, so that a GGUF file without weights will do."
        },
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  printf 'Hello world' | hetegen tokenize -m model.gguf",
            "  printf '<|user|>Hi' | hetegen tokenize -m model.gguf --parse-special",
            "  echo '[15496, 995]' | hetegen tokenize -m model.gguf --decode"
        })
final class TokenizeCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private ModelOption model;

    @Option(
            names = "--no-special",
            description = "Add no BOS and EOS; with --decode, leave special tokens out of the text.")
    private boolean noSpecial;

    @Option(names = "--parse-special", description = "Read special tokens that are written in the text as such.")
    private boolean parseSpecial;

    @Option(
            names = "--decode",
            description = "The reverse: reads ids, as [1, 2] or 1,2 or 1 2, and prints their text, no newline added.")
    private boolean decode;

    TokenizeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        try (ModelFile file = ModelFiles.open(model.path());
                Tokenizer tokenizer = TokenizerLoader.load(file)) {
            String input = terminal.readText(decode ? "token ids" : "the text");
            if (decode) {
                terminal.out().print(tokenizer.decode(ids(input, tokenizer), noSpecial));
                terminal.out().flush();
            } else {
                terminal.out().println(tokenizer.encode(input, !noSpecial, parseSpecial));
            }
        }
        return 0;
    }

    private static List<Integer> ids(String input, Tokenizer tokenizer) {
        List<Integer> ids = TokenIds.parse(input).ids();
        for (int id : ids) {
            if (id >= tokenizer.vocabularySize()) {
                throw new CommandFailure("token id " + id + " is not in the vocabulary, which ends at "
                        + (tokenizer.vocabularySize() - 1));
            }
        }
        return ids;
    }
}
