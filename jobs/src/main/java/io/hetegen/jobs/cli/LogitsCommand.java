package io.hetegen.jobs.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.KvCache;
import io.hetegen.engine.model.ModelConfig;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelLoader;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code hetegen logits}: what the forward pass computes, for comparison with other implementations. */
@Command(
        name = "logits",
        description = {
            "Runs token ids through the model as one prefill and prints a JSON object: \"logits\", the logits at the "
                    + "last position, and \"argmax\", the most likely next token at each position (the lowest id among "
                    + "equals).",
            "",
            "Each number is written so that it reads back as the same float."
        },
        sortOptions = false,
        footer = {"", "Example:", "  hetegen logits -m model.gguf --ids 1,2,3 --kv-type f32"})
final class LogitsCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Mixin
    private ModelOption model;

    @Option(
            names = "--ids",
            paramLabel = "IDS",
            required = true,
            converter = TokenIds.Converter.class,
            description = "The token ids, for example 1,2,3; nothing is added to them.")
    private TokenIds ids;

    @Mixin
    private KvTypeOption kvType;

    LogitsCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        try (ModelFile file = ModelFiles.open(model.path())) {
            ModelConfig config = ModelConfigReader.read(file);
            int[] checked = check(ids.ids(), config);
            try (ThreadTeam team = new ThreadTeam(Runtime.getRuntime().availableProcessors());
                    CausalLm causalLm = ModelLoader.load(file, config, team, kvType.type());
                    KvCache cache = causalLm.newCache()) {
                CausalLm.Slice slice = new CausalLm.Slice(cache, checked, CausalLm.LogitsFor.ALL);
                print(causalLm.forward(List.of(slice)).get(0));
            }
        }
        return 0;
    }

    private static int[] check(List<Integer> ids, ModelConfig config) {
        if (ids.size() > config.contextLength()) {
            throw new CommandFailure(
                    ids.size() + " token ids do not fit the model's context of " + config.contextLength());
        }
        for (int id : ids) {
            if (id >= config.vocabularySize()) {
                throw new CommandFailure(
                        "token id " + id + " is not in the vocabulary, which ends at " + (config.vocabularySize() - 1));
            }
        }
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    private void print(float[][] logits) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
            json.writeArrayFieldStart("logits");
            for (float logit : logits[logits.length - 1]) {
                json.writeNumber(logit);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("argmax");
            for (float[] position : logits) {
                json.writeNumber(CausalLm.mostLikely(position));
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        terminal.out().println(text);
    }
}
