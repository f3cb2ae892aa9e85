package io.hetegen.jobs.cli;

import io.hetegen.engine.GpuOptions;
import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PlanFile;
import io.hetegen.engine.profile.ProfileCache;
import io.hetegen.jobs.JobOptions;
import io.hetegen.jobs.SlotPlan;
import io.hetegen.operator.GenerateOptions;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What a GPU does for an engine. */
final class GpuFlags {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @ArgGroup
    private @Nullable Choice choice;

    @Option(
            names = "--gpu-memory",
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description = "Most GPU memory to take, such as 6GB. Default: what the plan was made for, else what is "
                    + "free, but for 256 MiB.")
    private @Nullable ByteSize memory;

    /** One of them. */
    static final class Choice {

        @Option(
                names = "--gpu",
                paramLabel = "MODE",
                description = "auto (default): use the GPU that is found, as far as that is faster; the first time it "
                        + "is measured with the model, about 15 s. off: the CPU computes alone.")
        private GenerateOptions.Gpu mode = GenerateOptions.Gpu.AUTO;

        @Option(
                names = "--plan",
                paramLabel = "FILE",
                description = "Split the model between CPU and GPU as this plan says, which hetegen plan wrote.")
        private @Nullable Path plan;
    }

    GpuOptions read() throws IOException {
        if (choice != null && choice.plan != null) {
            return new GpuOptions.Planned(PlanFile.read(choice.plan), memoryBytes());
        }
        if (choice == null || choice.mode == GenerateOptions.Gpu.AUTO) {
            return new GpuOptions.Auto(ProfileCache.userFolder(), memoryBytes());
        }
        if (memory != null) {
            throw new ParameterException(spec.commandLine(), "--gpu-memory goes with --gpu auto or --plan");
        }
        return GpuOptions.OFF;
    }

    /** Whether a user has chosen. */
    boolean given() {
        return choice != null;
    }

    /** As options of a job in this process, whose slots are not sized: they are all there is. */
    Configuration jobConfiguration() throws IOException {
        GpuOptions options = read();
        Configuration job = new Configuration();
        if (options instanceof GpuOptions.Planned planned) {
            PartitionPlan plan = planned.plan();
            job.addAll(SlotPlan.jobConfiguration(plan));
            job.set(JobOptions.SIZE_SLOTS, false);
        } else if (options instanceof GpuOptions.Auto auto) {
            job.set(GenerateOptions.GPU, GenerateOptions.Gpu.AUTO);
            job.set(GenerateOptions.PROFILES, auto.profiles().toString());
        }
        if (memory != null) {
            job.set(GenerateOptions.GPU_MEMORY, new MemorySize(memory.bytes()));
        }
        return job;
    }

    private long memoryBytes() {
        return memory == null ? Long.MAX_VALUE : memory.bytes();
    }
}
