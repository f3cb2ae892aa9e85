package io.hetegen.engine;

import java.nio.file.Path;

/**
 * What an engine is opened with. Two equal option records share one engine per JVM ({@link EngineRegistry}).
 *
 * @param model the GGUF file
 * @param threads CPU threads that compute, at most {@link #MAX_THREADS}; 0 takes all that the process may use
 * @param contextLength most tokens of prompt and answer together; 0 takes the model's own limit
 * @param maxSequences most sequences that generate at once; further ones wait in order of submission
 * @param prefillChunk most prompt tokens that one {@link Engine#step} takes in, over all sequences together; 0 takes what
 *     the GPU's plan is made for, or {@link #DEFAULT_PREFILL_CHUNK} without one. More than the plan's are never taken
 * @param kvType number format of the key-value cache
 * @param gpu what a GPU does for it
 * @param numerics whether answers may depend on the device, for speed
 */
public record EngineOptions(
        Path model,
        int threads,
        int contextLength,
        int maxSequences,
        int prefillChunk,
        KvType kvType,
        GpuOptions gpu,
        Numerics numerics) {

    /** More than the processors of any machine; without it, a typing error would start threads until none can be had. */
    public static final int MAX_THREADS = 1_024;

    public static final int DEFAULT_MAX_SEQUENCES = 8;
    public static final int DEFAULT_PREFILL_CHUNK = 128;

    public EngineOptions {
        requireAtLeast("threads", threads, 0);
        if (threads > MAX_THREADS) {
            throw new IllegalArgumentException("threads must be at most " + MAX_THREADS + ", got " + threads);
        }
        requireAtLeast("contextLength", contextLength, 0);
        requireAtLeast("maxSequences", maxSequences, 1);
        requireAtLeast("prefillChunk", prefillChunk, 0);
    }

    /** All defaults for {@code model}. */
    public static EngineOptions of(Path model) {
        return new EngineOptions(
                model,
                0,
                0,
                DEFAULT_MAX_SEQUENCES,
                DEFAULT_PREFILL_CHUNK,
                KvType.F16,
                GpuOptions.OFF,
                Numerics.REPRODUCIBLE);
    }

    public EngineOptions withModel(Path model) {
        return new EngineOptions(model, threads, contextLength, maxSequences, prefillChunk, kvType, gpu, numerics);
    }

    public EngineOptions withThreads(int threads) {
        return new EngineOptions(model, threads, contextLength, maxSequences, prefillChunk, kvType, gpu, numerics);
    }

    public EngineOptions withContextLength(int contextLength) {
        return new EngineOptions(model, threads, contextLength, maxSequences, prefillChunk, kvType, gpu, numerics);
    }

    public EngineOptions withMaxSequences(int maxSequences) {
        return new EngineOptions(model, threads, contextLength, maxSequences, prefillChunk, kvType, gpu, numerics);
    }

    public EngineOptions withPrefillChunk(int prefillChunk) {
        return new EngineOptions(model, threads, contextLength, maxSequences, prefillChunk, kvType, gpu, numerics);
    }

    public EngineOptions withKvType(KvType kvType) {
        return new EngineOptions(model, threads, contextLength, maxSequences, prefillChunk, kvType, gpu, numerics);
    }

    public EngineOptions withGpu(GpuOptions gpu) {
        return new EngineOptions(model, threads, contextLength, maxSequences, prefillChunk, kvType, gpu, numerics);
    }

    public EngineOptions withNumerics(Numerics numerics) {
        return new EngineOptions(model, threads, contextLength, maxSequences, prefillChunk, kvType, gpu, numerics);
    }

    private static void requireAtLeast(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be at least " + least + ", got " + value);
        }
    }
}
