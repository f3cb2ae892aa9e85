package io.hetegen.operator;

import io.hetegen.engine.EngineOptions;
import io.hetegen.engine.GpuOptions;
import io.hetegen.engine.HeteGenException;
import io.hetegen.engine.plan.PlanFile;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.ReadableConfig;

/**
 * The checked values of {@link GenerateOptions}.
 *
 * @param previewTokens tokens per preview, 0 without previews
 */
record GenerateSettings(EngineOptions engine, Duration linger, int generating, MemorySize admitted, int previewTokens) {

    /** @throws InvalidOptionException for the first value that is missing, malformed or out of its range */
    static GenerateSettings from(ReadableConfig config) {
        EngineOptions engine = new EngineOptions(
                modelPath(config),
                threads(config),
                CheckedOptions.atLeast(0, "0 takes the model's own limit", GenerateOptions.CONTEXT_LENGTH, config),
                CheckedOptions.atLeast(1, "8 is usual", GenerateOptions.MAX_SEQUENCES, config),
                CheckedOptions.atLeast(1, "128 is usual", GenerateOptions.PREFILL_CHUNK, config),
                CheckedOptions.get(GenerateOptions.KV_TYPE, config),
                gpu(config),
                CheckedOptions.get(GenerateOptions.NUMERICS, config));
        Duration linger = CheckedOptions.get(GenerateOptions.LINGER, config);
        if (linger.isNegative()) {
            throw new InvalidOptionException(
                    GenerateOptions.LINGER, linger, "must not be negative", "0 s closes the engine at once");
        }
        int previewTokens =
                CheckedOptions.atLeast(1, "1 is a preview for every token", GenerateOptions.PREVIEW_TOKENS, config);
        return new GenerateSettings(
                engine,
                linger,
                CheckedOptions.atLeast(1, "take hetegen.engine.max-sequences", GenerateOptions.GENERATING, config),
                CheckedOptions.get(GenerateOptions.ADMITTED, config),
                CheckedOptions.get(GenerateOptions.PREVIEWS, config) ? previewTokens : 0);
    }

    private static Path modelPath(ReadableConfig config) {
        String path = config.getOptional(GenerateOptions.MODEL_PATH).orElse("");
        if (path.isBlank()) {
            throw new InvalidOptionException(
                    GenerateOptions.MODEL_PATH, "not set", "is required", "give the path of a GGUF file");
        }
        try {
            return Path.of(path);
        } catch (InvalidPathException notAPath) {
            throw new InvalidOptionException(
                    GenerateOptions.MODEL_PATH, path, "must be a path of a file", "give the path of a GGUF file");
        }
    }

    private static GpuOptions gpu(ReadableConfig config) {
        String plan = CheckedOptions.get(GenerateOptions.PLAN, config);
        long most = CheckedOptions.get(GenerateOptions.GPU_MEMORY, config).getBytes();
        long memoryBytes = most == 0 ? Long.MAX_VALUE : most;
        if (plan.isEmpty()) {
            return switch (CheckedOptions.get(GenerateOptions.GPU, config)) {
                case OFF -> GpuOptions.OFF;
                case AUTO -> new GpuOptions.Auto(profiles(config), memoryBytes);
            };
        }
        Optional<GenerateOptions.Gpu> mode = config.getOptional(GenerateOptions.GPU);
        if (mode.isPresent()) {
            throw new InvalidOptionException(
                    GenerateOptions.GPU,
                    mode.get(),
                    "does not go with " + GenerateOptions.PLAN.key(),
                    "leave one of them out");
        }
        try {
            return new GpuOptions.Planned(PlanFile.parse(plan, "the plan"), memoryBytes);
        } catch (HeteGenException e) {
            throw new InvalidOptionException(
                    GenerateOptions.PLAN.key() + " is no plan that this release reads: " + e.getMessage(), e);
        }
    }

    /** Of the process that asks: a TaskManager's, when the engine is opened. */
    private static Path profiles(ReadableConfig config) {
        String folder = CheckedOptions.get(GenerateOptions.PROFILES, config);
        try {
            return folder.isEmpty()
                    ? Path.of(System.getProperty("java.io.tmpdir"), "hetegen-profiles")
                    : Path.of(folder);
        } catch (InvalidPathException notAPath) {
            throw new InvalidOptionException(
                    GenerateOptions.PROFILES, folder, "must be a path of a folder", "leave it out");
        }
    }

    private static int threads(ReadableConfig config) {
        String remedy = "0 takes all processors";
        int threads = CheckedOptions.atLeast(0, remedy, GenerateOptions.THREADS, config);
        if (threads > EngineOptions.MAX_THREADS) {
            throw new InvalidOptionException(
                    GenerateOptions.THREADS, threads, "must be at most " + EngineOptions.MAX_THREADS, remedy);
        }
        return threads;
    }
}
