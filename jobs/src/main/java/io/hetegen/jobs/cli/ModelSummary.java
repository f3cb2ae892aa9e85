package io.hetegen.jobs.cli;

import io.hetegen.engine.chat.ChatTemplates;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.kernel.KernelChoice;
import io.hetegen.engine.model.ModelConfig;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What {@code hetegen info} tells, from a model file's header.
 *
 * @param parameters elements of all tensors
 * @param bytesByType bytes in the file per number format
 * @param kvBytesPerToken with the default F16 cache
 * @param kvBytesAtFullContext of one sequence
 * @param kernels that an engine in this process would compute with
 */
record ModelSummary(
        String name,
        String architecture,
        int layers,
        int hiddenSize,
        int intermediateSize,
        int heads,
        int keyValueHeads,
        int headDim,
        int contextLength,
        int vocabularySize,
        String tokenizer,
        String chatTemplate,
        long parameters,
        Map<String, Long> bytesByType,
        long weightBytes,
        long kvBytesPerToken,
        long kvBytesAtFullContext,
        String kernels,
        String kernelsReason) {

    private static final int F16_BYTES = 2;

    /** @throws io.hetegen.engine.ModelException if this engine would not open the model */
    static ModelSummary of(ModelFile file, Tokenizer tokenizer, KernelChoice kernels) {
        ModelConfig config = ModelConfigReader.read(file);
        Map<String, Long> bytesByType = file.tensors().values().stream()
                .collect(Collectors.groupingBy(
                        tensor -> tensor.dtype().name(), TreeMap::new, Collectors.summingLong(TensorInfo::bytes)));
        long weightBytes =
                bytesByType.values().stream().mapToLong(Long::longValue).sum();
        long kvBytesPerToken = 2L * config.numLayers() * config.keyValueSize() * F16_BYTES;
        return new ModelSummary(
                file.metadata().string("general.name").orElse(file.path().getFileName() + ""),
                config.architecture(),
                config.numLayers(),
                config.hiddenSize(),
                config.intermediateSize(),
                config.numHeads(),
                config.numKeyValueHeads(),
                config.headDim(),
                config.contextLength(),
                config.vocabularySize(),
                tokenizerName(file),
                ChatTemplates.load(file, tokenizer)
                        .map(template -> template.unusable()
                                .map(reason -> "not supported: " + reason)
                                .orElse("yes"))
                        .orElse("no"),
                file.tensors().values().stream()
                        .mapToLong(tensor -> tensor.rows() * tensor.columns())
                        .sum(),
                bytesByType,
                weightBytes,
                kvBytesPerToken,
                kvBytesPerToken * config.contextLength(),
                kernels.name(),
                kernels.reason());
    }

    private static String tokenizerName(ModelFile file) {
        String model = file.metadata().string("tokenizer.ggml.model").orElse("none");
        return file.metadata()
                .string("tokenizer.ggml.pre")
                .map(pre -> model + ", " + pre)
                .orElse(model);
    }

    /** Lines of at most 80 columns for people. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(line("Model", Texts.cut(name, 60)));
        lines.add(line("Architecture", architecture + ", " + count(parameters) + " parameters"));
        lines.add(line("Layers", layers + ", hidden " + hiddenSize + ", feed-forward " + intermediateSize));
        lines.add(line("Attention", heads + " heads of " + headDim + ", " + keyValueHeads + " key-value heads"));
        lines.add(line("Context", contextLength + " tokens"));
        lines.add(line("Vocabulary", vocabularySize + " tokens, tokenizer " + tokenizer));
        lines.add(line("Chat template", Texts.cut(chatTemplate, 60)));
        String label = "Weights in file";
        for (Map.Entry<String, Long> type : bytesByType.entrySet()) {
            lines.add(line(label, String.format(Locale.ROOT, "%-5s %s", type.getKey(), Texts.bytes(type.getValue()))));
            label = "";
        }
        lines.add(line("Memory", Texts.bytes(weightBytes) + " weights"));
        lines.add(line("", Texts.bytes(kvBytesPerToken) + " key-value cache per token (f16)"));
        lines.add(line("", Texts.bytes(kvBytesAtFullContext) + " key-value cache of one full context"));
        lines.add(line("", Texts.bytes(weightBytes + kvBytesAtFullContext) + " for one sequence, buffers aside"));
        lines.add(line("CPU kernels", Texts.cut(kernels + ": " + kernelsReason, 60)));
        return lines;
    }

    private static String line(String label, String value) {
        return String.format(Locale.ROOT, "%-17s%s", label, value).stripTrailing();
    }

    private static String count(long parameters) {
        if (parameters >= 1_000_000_000L) {
            return String.format(Locale.ROOT, "%.1f billion", parameters / 1e9);
        }
        return String.format(Locale.ROOT, "%.1f million", parameters / 1e6);
    }
}
