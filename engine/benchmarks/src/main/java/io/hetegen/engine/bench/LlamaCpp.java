package io.hetegen.engine.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Their side, measured by llama.cpp's own llama-bench: nobody can have driven it badly. Its defaults stay (weights
 * repacked for the CPU, micro-batches of 512, threads that spin); flash attention is on or off, whichever is faster.
 */
final class LlamaCpp {

    private final Path folder;
    private final ObjectMapper mapper = new ObjectMapper();

    /** @param folder that peers/setup.sh made */
    LlamaCpp(Path folder) {
        this.folder = folder;
        if (!Files.isExecutable(folder.resolve("llama-bench"))) {
            throw new ComparisonException(folder + " has no llama-bench: it must be the folder llama.cpp that"
                    + " engine/benchmarks/peers/setup.sh makes");
        }
    }

    /** Whether flash attention is on, for each test. */
    record Setting(boolean flashAttentionForPrompt, boolean flashAttentionForGeneration) {}

    /** Tokens per second of the prompt and of the generation. */
    record Run(double pp, double tg) {}

    String version() {
        try {
            return Files.readString(folder.resolve("version")).strip();
        } catch (IOException e) {
            throw new ComparisonException(folder.resolve("version") + " cannot be read: " + e.getMessage());
        }
    }

    /** Tries both settings once. */
    Setting best(Workload workload) {
        Run off = run(workload, new Setting(false, false));
        Run on = run(workload, new Setting(true, true));
        return new Setting(on.pp > off.pp, on.tg > off.tg);
    }

    Run run(Workload workload, Setting setting) {
        return new Run(
                rate(workload, workload.promptTokens(), 0, setting.flashAttentionForPrompt),
                rate(workload, 0, workload.generatedTokens(), setting.flashAttentionForGeneration));
    }

    private double rate(Workload workload, int prompt, int generated, boolean flashAttention) {
        List<String> command = List.of(
                folder.resolve("llama-bench").toString(),
                "-m",
                workload.model().toString(),
                "-p",
                String.valueOf(prompt),
                "-n",
                String.valueOf(generated),
                "-t",
                String.valueOf(workload.threads()),
                "-fa",
                flashAttention ? "on" : "off",
                "-r",
                "1",
                "-o",
                "jsonl");
        String output = Program.run(command);
        try {
            for (String line : output.lines().toList()) {
                if (line.startsWith("{")) {
                    JsonNode rates = mapper.readTree(line).required("samples_ts");
                    return rates.required(0).doubleValue();
                }
            }
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new ComparisonException(String.join(" ", command) + " printed something unknown: " + e.getMessage());
        }
        throw new ComparisonException(String.join(" ", command) + " printed no result");
    }

    /** After a prompt. */
    double[] logits(Path model, List<Integer> ids) {
        List<String> command = new ArrayList<>();
        command.add(folder.resolve("llama-logits").toString());
        command.add(model.toString());
        ids.forEach(id -> command.add(String.valueOf(id)));
        return Program.run(command).lines().mapToDouble(Double::parseDouble).toArray();
    }
}
