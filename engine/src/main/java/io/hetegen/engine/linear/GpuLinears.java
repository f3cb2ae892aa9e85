package io.hetegen.engine.linear;

import java.util.List;

/**
 * Linears that share an input, from device memory to device memory, where no tile of them is the CPU's: nothing crosses
 * the link but streamed weights, and nothing waits. Biases are not added.
 */
public final class GpuLinears {

    private final Accelerator accelerator;
    private final int group;
    private final List<Linear> linears;

    /** @param group number of the split linear in its model */
    GpuLinears(Accelerator accelerator, int group, List<Linear> linears) {
        this.accelerator = accelerator;
        this.group = group;
        this.linears = linears;
    }

    /** In the order of the outputs. */
    public List<Linear> linears() {
        return linears;
    }

    /** Whether all of it is the GPU's in this pass. */
    public boolean isWhole() {
        return !accelerator.isLost() && accelerator.products().isWhole(group);
    }

    /**
     * Enqueues all products; only if all of it is the GPU's.
     *
     * @param x device memory, [token][column] as floats
     * @param y for each linear in turn [token][row]; device memory, or host memory that is mapped
     */
    public void enqueue(long x, int tokens, long... y) {
        accelerator.products().enqueueWhole(group, x, tokens, y);
    }
}
