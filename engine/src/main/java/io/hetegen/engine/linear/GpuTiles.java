package io.hetegen.engine.linear;

import io.hetegen.engine.device.cuda.DeviceException;
import io.hetegen.engine.kernel.Activations;
import java.util.List;

/** The GPU's part of a {@link SplitLinear}: the tiles of each linear before a cut, and none once the device is lost. */
final class GpuTiles {

    private final Accelerator accelerator;
    private final int group;
    private final int[] none;
    private int[] started;
    private long startedNanos;

    /** @param group number of the split linear in its model */
    GpuTiles(Accelerator accelerator, int group, List<Linear> linears) {
        this.accelerator = accelerator;
        this.group = group;
        this.none = new int[linears.size()];
        this.started = none;
    }

    /** Enqueues the products of all tiles before the cut, and returns it: nothing is the GPU's if it cannot. */
    int[] start(Activations x, int tokens) {
        try {
            return enqueue(x, tokens);
        } finally {
            startedNanos = System.nanoTime();
        }
    }

    private int[] enqueue(Activations x, int tokens) {
        started = accelerator.cut(group, tokens);
        if (isNone()) {
            return none;
        }
        try {
            accelerator.products().enqueue(group, x, tokens);
        } catch (DeviceException e) {
            accelerator.lose(e.getMessage());
            started = none;
        }
        return started;
    }

    /** Waits for what was started and brings its rows into y. False if it is lost: the CPU must multiply these tiles. */
    boolean join(int tokens, float[]... y) {
        accelerator.cpuWorked(group, startedNanos);
        if (isNone()) {
            return true;
        }
        try {
            accelerator.products().join(group, tokens, y);
            return true;
        } catch (DeviceException e) {
            accelerator.lose(e.getMessage());
            return false;
        }
    }

    private boolean isNone() {
        for (int tiles : started) {
            if (tiles > 0) {
                return false;
            }
        }
        return true;
    }
}
