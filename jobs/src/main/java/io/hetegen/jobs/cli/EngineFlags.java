package io.hetegen.jobs.cli;

import io.hetegen.engine.EngineOptions;
import java.io.IOException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The model and how it is opened. */
final class EngineFlags {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Mixin
    private ModelOption model;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            description = "CPU threads that compute. Default: all cores.")
    private int threads;

    @Option(
            names = "--context",
            paramLabel = "N",
            defaultValue = "0",
            description = "Most tokens of prompt and answer together. Default: the model's limit.")
    private int context;

    @Mixin
    private KvTypeOption kvType;

    @Mixin
    private GpuFlags gpu;

    @Mixin
    private NumericsOption numerics;

    EngineOptions read() throws IOException {
        try {
            return EngineOptions.of(model.path())
                    .withThreads(threads)
                    .withPrefillChunk(0)
                    .withContextLength(context)
                    .withKvType(kvType.type())
                    .withNumerics(numerics.numerics())
                    .withGpu(gpu.read());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
