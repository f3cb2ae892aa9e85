package io.hetegen.jobs.cli;

import io.hetegen.engine.PromptInput;
import io.hetegen.engine.chat.ChatMessage;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The prompt in one of its three forms; at most one of the fields is set. */
final class PromptOptions {

    private static final String STANDARD_INPUT = "-";

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "Continue this text, taken as it is. '-' or no prompt at all reads standard input.")
    private @Nullable String text;

    @Option(
            names = "--chat",
            paramLabel = "TEXT",
            description = "Answer this user message, put into the model's chat template. '-' reads standard input.")
    private @Nullable String chat;

    @Option(
            names = "--ids",
            paramLabel = "IDS",
            converter = TokenIds.Converter.class,
            description = "Continue these token ids, for example 1,2,3.")
    private @Nullable TokenIds ids;

    PromptInput read(Terminal terminal) throws IOException {
        if (ids != null) {
            return new PromptInput.Ids(ids.ids());
        }
        if (chat != null) {
            return new PromptInput.Chat(List.of(new ChatMessage("user", orInput(chat, terminal))), Instant.now());
        }
        return new PromptInput.Text(orInput(text == null ? STANDARD_INPUT : text, terminal));
    }

    private static String orInput(String option, Terminal terminal) throws IOException {
        return option.equals(STANDARD_INPUT) ? terminal.readText("the prompt") : option;
    }
}
