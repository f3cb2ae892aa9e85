package io.hetegen.engine;

import io.hetegen.engine.plan.PlanFile;
import io.hetegen.engine.profile.InvalidFileException;

/**
 * The GPU's part in an engine. It changes an engine's speed, never its answers.
 *
 * @param plan the JSON text of a plan (docs/planning.md), as {@code hetegen plan} writes it; empty: the CPU computes alone
 * @param memoryBytes most device memory that the engine takes, at most as much as the plan was made for
 */
public record GpuOptions(String plan, long memoryBytes) {

    /** The CPU computes alone. */
    public static final GpuOptions NONE = new GpuOptions("", 0);

    /**
     * @throws InvalidFileException if the text is not a plan
     */
    public GpuOptions {
        if (memoryBytes < 0) {
            throw new IllegalArgumentException("GPU memory must be at least 0 bytes, got " + memoryBytes);
        }
        if (!plan.isEmpty()) {
            PlanFile.parse(plan, "the plan");
        }
    }

    /** With all the memory that it was made for. */
    public static GpuOptions of(String plan) {
        return new GpuOptions(plan, Long.MAX_VALUE);
    }
}
