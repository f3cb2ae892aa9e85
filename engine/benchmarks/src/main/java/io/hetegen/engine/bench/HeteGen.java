package io.hetegen.engine.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Our side: the command line as a user runs it. */
final class HeteGen {

    private final Path command;
    private final ObjectMapper mapper = new ObjectMapper();

    /** @param command {@code bin/hetegen} */
    HeteGen(Path command) {
        this.command = command;
    }

    /**
     * One run.
     *
     * @param pp tokens per second of the prompt
     * @param tg tokens per second of the generation
     * @param weightBytesPerToken that a token of the generation reads
     * @param readGBps the best plain read of the weights on the same threads
     * @param kernels that computed
     * @param answer hash of all tokens
     */
    record Run(double pp, double tg, long weightBytesPerToken, double readGBps, String kernels, String answer) {}

    /** With the commit, where the command lies in a checkout. */
    String version() {
        String version = Program.run(List.of(command.toString(), "--version")).strip();
        try {
            String folder = String.valueOf(command.getParent());
            return version + ", commit "
                    + Program.run(List.of("git", "-C", folder, "describe", "--always", "--dirty"))
                            .strip();
        } catch (ComparisonException e) {
            return version;
        }
    }

    Run run(Workload workload) {
        JsonNode result = json(
                "bench",
                "-m",
                workload.model().toString(),
                "-p",
                String.valueOf(workload.promptTokens()),
                "-n",
                String.valueOf(workload.generatedTokens()),
                "-t",
                String.valueOf(workload.threads()),
                "-r",
                "1",
                "--gpu",
                "off",
                "-o",
                "json");
        return new Run(
                result.required("pp").doubleValue(),
                result.required("tg").doubleValue(),
                result.required("weightBytesPerToken").longValue(),
                result.required("readGBps").doubleValue(),
                result.required("kernels").textValue(),
                result.required("answer").textValue());
    }

    /** After a prompt. */
    double[] logits(Path model, List<Integer> ids) {
        String list = ids.stream().map(String::valueOf).collect(Collectors.joining(","));
        JsonNode logits = json("logits", "-m", model.toString(), "--ids", list).required("logits");
        double[] values = new double[logits.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = logits.get(i).doubleValue();
        }
        return values;
    }

    private JsonNode json(String... arguments) {
        List<String> line = new ArrayList<>(List.of(command.toString()));
        line.addAll(List.of(arguments));
        String output = Program.run(line);
        try {
            return mapper.readTree(output);
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new ComparisonException(String.join(" ", line) + " must print a JSON object: " + e.getMessage());
        }
    }
}
