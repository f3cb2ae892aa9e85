package io.hetegen.jobs.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hetegen.engine.Engine;
import io.hetegen.engine.EngineOptions;
import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.GenerationResult;
import io.hetegen.engine.InvalidRequestException;
import io.hetegen.engine.PromptInput;
import io.hetegen.engine.SamplingParameters;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code hetegen generate}: one prompt, its answer on standard output as it comes. */
@Command(
        name = "generate",
        description = "Generates an answer to one prompt and writes it to standard output as it comes.",
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  hetegen generate -m model.gguf -p 'Once upon a time' -n 64",
            "  hetegen generate -m model.gguf --chat 'What is a token?' \\",
            "      --temperature 0.7 --top-p 0.9 --seed 1",
            "  hetegen generate -m model.gguf --json < prompt.txt"
        })
final class GenerateCommand implements Callable<Integer> {

    private static final double NANOS_PER_SECOND = 1e9;

    private final Terminal terminal;

    @Spec
    private CommandSpec spec;

    @Mixin
    private EngineFlags engineFlags;

    @ArgGroup
    private @Nullable PromptOptions prompt;

    @Option(
            names = {"-n", "--max-tokens"},
            paramLabel = "N",
            defaultValue = "" + GenerationRequest.DEFAULT_MAX_TOKENS,
            description = "Most tokens to generate. Default: ${DEFAULT-VALUE}.")
    private int maxTokens;

    @Mixin
    private SamplingOptions samplingOptions;

    @Option(
            names = "--stop",
            paramLabel = "TEXT",
            description = "End the answer before this text. May be given several times.")
    private List<String> stop = List.of();

    @Option(
            names = "--json",
            description = "Print one JSON object at the end instead: promptIds, ids, text, finishReason, "
                    + "prefillSeconds, decodeSeconds.")
    private boolean json;

    GenerateCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        EngineOptions options = engineFlags.read().withMaxSequences(1);
        SamplingParameters sampling;
        try {
            sampling = samplingOptions.read();
            // The prompt comes later, from standard input perhaps: wrong flags are told before anyone types.
            new GenerationRequest(new PromptInput.Text(""), sampling, maxTokens, stop, Optional.empty());
        } catch (InvalidRequestException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
        GenerationRequest request = new GenerationRequest(
                (prompt == null ? new PromptOptions() : prompt).read(terminal),
                sampling,
                maxTokens,
                stop,
                Optional.empty());
        try (Engine engine = open(options)) {
            AnswerPrinter printer = new AnswerPrinter(json ? null : terminal.out());
            engine.submit(request, printer);
            boolean more = true;
            while (more && !printer.readerGone()) {
                more = engine.step();
            }
            if (printer.readerGone()) {
                return 0;
            }
            report(printer.result());
        }
        return 0;
    }

    private Engine open(EngineOptions options) {
        try (MeasuringBar bar = new MeasuringBar(terminal)) {
            return Engine.open(options, bar);
        }
    }

    private void report(GenerationResult result) throws IOException {
        double prefillSeconds = result.timings().prefillNanos() / NANOS_PER_SECOND;
        double decodeSeconds = result.timings().decodeNanos() / NANOS_PER_SECOND;
        if (json) {
            ObjectMapper mapper = new ObjectMapper();
            ObjectNode object = mapper.createObjectNode();
            object.set("promptIds", mapper.valueToTree(result.promptIds()));
            object.set("ids", mapper.valueToTree(result.ids()));
            object.put("text", result.text())
                    .put("finishReason", result.finishReason().label())
                    .put("prefillSeconds", prefillSeconds)
                    .put("decodeSeconds", decodeSeconds);
            terminal.out().println(mapper.writeValueAsString(object));
            return;
        }
        terminal.out().println();
        if (terminal.errorIsTerminal()) {
            // The first token comes out of the prefill.
            double rate = decodeSeconds > 0 ? (result.ids().size() - 1) / decodeSeconds : 0;
            terminal.err()
                    .printf(
                            Locale.ROOT,
                            "[prompt: %d tokens in %.2f s; answer: %d tokens, %.1f per second; ended by %s]%n",
                            result.promptIds().size(),
                            prefillSeconds,
                            result.ids().size(),
                            rate,
                            result.finishReason().label());
        }
    }
}
