package io.hetegen.jobs.cli;

import io.hetegen.engine.EngineOptions;
import io.hetegen.engine.GpuOptions;
import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PlanFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a GPU does for an engine. */
final class GpuFlags {

    @Option(
            names = "--plan",
            paramLabel = "FILE",
            description =
                    "Split the model between CPU and GPU as this plan says, which hetegen plan wrote. Default: the "
                            + "CPU computes alone.")
    private @Nullable Path plan;

    @Option(
            names = "--gpu-memory",
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description = "Most GPU memory to take, such as 6GB. Default: what the plan was made for.")
    private @Nullable ByteSize memory;

    Optional<PartitionPlan> plan() throws IOException {
        return plan == null ? Optional.empty() : Optional.of(PlanFile.read(plan));
    }

    /** Prompts are taken in by the chunks of the plan. */
    EngineOptions apply(EngineOptions options) throws IOException {
        Optional<PartitionPlan> read = plan();
        if (read.isEmpty()) {
            return options;
        }
        return options.withPrefillChunk(read.get().promptChunk())
                .withGpu(new GpuOptions(PlanFile.toJson(read.get()), memoryBytes()));
    }

    OptionalLong limit() {
        return memory == null ? OptionalLong.empty() : OptionalLong.of(memory.bytes());
    }

    long memoryBytes() {
        return limit().orElse(Long.MAX_VALUE);
    }
}
