package io.hetegen.engine.model;

import io.hetegen.engine.model.ModelConfig.RopeConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The sizes of published models, and of small ones for tests, by the names that {@code synthetic:} takes. */
final class SyntheticShape {

    private static final Map<String, ModelConfig> SHAPES = new LinkedHashMap<>();

    static {
        // TinyLlama-1.1B, Llama-3.2-3B, Llama-3.1-8B.
        llama("llama-1.1b", 22, 2048, 5632, 32, 4, 64, 32_000, 2048, 10_000, false);
        llama("llama-3b", 28, 3072, 8192, 24, 8, 128, 128_256, 131_072, 500_000, true);
        llama("llama-8b", 32, 4096, 14_336, 32, 8, 128, 128_256, 131_072, 500_000, false);
        opt("opt-125m", 12, 768, 12, 50_272);
        opt("opt-1.3b", 24, 2048, 32, 50_272);
        opt("opt-6.7b", 32, 4096, 32, 50_272);
        opt("opt-13b", 40, 5120, 40, 50_272);
        opt("opt-30b", 48, 7168, 56, 50_272);
        qwen3("qwen3-0.6b", 28, 1024, 3072, 16, 8, 128, 151_936, 40_960);
        qwen3("qwen3-1.7b", 28, 2048, 6144, 16, 8, 128, 151_936, 40_960);
        llama("tiny", 2, 256, 512, 4, 2, 64, 512, 2048, 10_000, false);
        opt("tiny-opt", 2, 256, 4, 512);
        qwen3("tiny-qwen3", 2, 256, 512, 4, 2, 128, 512, 2048);
    }

    private SyntheticShape() {}

    static Optional<ModelConfig> of(String name) {
        return Optional.ofNullable(SHAPES.get(name));
    }

    static String names() {
        return String.join(", ", SHAPES.keySet());
    }

    private static void llama(
            String name,
            int layers,
            int hidden,
            int intermediate,
            int heads,
            int keyValueHeads,
            int headDim,
            int vocabulary,
            int context,
            double theta,
            boolean tied) {
        RopeConfig rope = new RopeConfig(theta, headDim, 1);
        SHAPES.put(
                name,
                new ModelConfig(
                        Family.LLAMA,
                        layers,
                        hidden,
                        intermediate,
                        heads,
                        keyValueHeads,
                        headDim,
                        vocabulary,
                        context,
                        1e-5f,
                        rope,
                        tied));
    }

    private static void opt(String name, int layers, int hidden, int heads, int vocabulary) {
        SHAPES.put(
                name,
                new ModelConfig(
                        Family.OPT,
                        layers,
                        hidden,
                        4 * hidden,
                        heads,
                        heads,
                        hidden / heads,
                        vocabulary,
                        2048,
                        1e-5f,
                        RopeConfig.NONE,
                        true));
    }

    private static void qwen3(
            String name,
            int layers,
            int hidden,
            int intermediate,
            int heads,
            int keyValueHeads,
            int headDim,
            int vocabulary,
            int context) {
        SHAPES.put(
                name,
                new ModelConfig(
                        Family.QWEN3,
                        layers,
                        hidden,
                        intermediate,
                        heads,
                        keyValueHeads,
                        headDim,
                        vocabulary,
                        context,
                        1e-6f,
                        new RopeConfig(1_000_000, headDim, 1),
                        true));
    }
}
