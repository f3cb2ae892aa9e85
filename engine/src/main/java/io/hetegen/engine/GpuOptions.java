package io.hetegen.engine;

import io.hetegen.engine.plan.PartitionPlan;
import java.nio.file.Path;

/** The GPU's part in an engine. It changes an engine's speed, never its answers. */
public sealed interface GpuOptions {

    /** The CPU computes alone. */
    GpuOptions OFF = new Off();

    /** With all the memory that may be had. */
    static GpuOptions auto(Path profiles) {
        return new Auto(profiles, Long.MAX_VALUE);
    }

    /** With all the memory that it was made for. */
    static GpuOptions of(PartitionPlan plan) {
        return new Planned(plan, Long.MAX_VALUE);
    }

    /** Nothing of a GPU is touched. */
    record Off() implements GpuOptions {}

    /**
     * What a plan for the GPU that is found says, made when the engine is opened.
     *
     * @param profiles folder of what was measured for such plans; what is not there is measured first and kept there
     * @param memoryBytes most device memory that the engine takes; some of what is free always stays free
     */
    record Auto(Path profiles, long memoryBytes) implements GpuOptions {

        public Auto {
            checkMemory(memoryBytes);
        }
    }

    /**
     * What a given plan says.
     *
     * @param memoryBytes most device memory that the engine takes, at most as much as the plan was made for
     */
    record Planned(PartitionPlan plan, long memoryBytes) implements GpuOptions {

        public Planned {
            checkMemory(memoryBytes);
        }

        /** A plan has a line for each linear. */
        @Override
        public String toString() {
            return "Planned[plan for " + plan.model() + " on " + plan.hardware() + ", memoryBytes=" + memoryBytes + "]";
        }
    }

    private static void checkMemory(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("GPU memory must be at least 0 bytes, got " + bytes);
        }
    }
}
