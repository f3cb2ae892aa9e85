package io.hetegen.engine.linear;

import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.kernel.Activations;
import io.hetegen.engine.plan.GroupKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * y = W x for linears that share an input, each cut by rows between GPU and CPU (HeteGen, arXiv 2403.01164, section 4.1:
 * heterogeneous tensor parallelism): both multiply at once and meet once, so that {@code T(CPU) = T(COM) + T(GPU)} is the
 * best cut. Where it lies changes no bit of y (docs/arithmetic.md): it may move between any two passes, and tiles that a
 * GPU fails to multiply are the CPU's.
 */
public final class SplitLinear {

    private final GroupKind kind;
    private final List<Linear> linears;
    private final CpuTiles cpu;
    private final int[] none;
    private final int[] all;
    private @Nullable GpuTiles gpu;

    public SplitLinear(GroupKind kind, Linear... linears) {
        this.kind = kind;
        this.linears = List.of(linears);
        this.cpu = new CpuTiles(this.linears);
        this.none = new int[linears.length];
        this.all = this.linears.stream().mapToInt(Linear::tiles).toArray();
        if (this.linears.stream().mapToInt(Linear::inputSize).distinct().count() != 1) {
            throw new IllegalArgumentException("the linears of a group must have one input size");
        }
    }

    /**
     * @param x tokens rows of the common input; its quantized form is overwritten
     * @param y for each linear in turn [token][row]
     */
    public void forward(Activations x, int tokens, Compute compute, float[]... y) {
        if (gpu == null) {
            forwardOnCpu(x, tokens, compute, y);
            return;
        }
        int[] cut = gpu.start(x, tokens);
        cpu.multiply(cut, all, x, tokens, compute, y);
        if (!gpu.join(tokens, y)) {
            cpu.multiply(none, cut, x, tokens, compute, y);
        }
    }

    /** All of it on the CPU, as if there were no GPU. */
    void forwardOnCpu(Activations x, int tokens, Compute compute, float[]... y) {
        cpu.multiply(none, all, x, tokens, compute, y);
    }

    GroupKind kind() {
        return kind;
    }

    /** Says which group a forward pass multiplies after this one: threads that wait read ahead in its weights. */
    public void precede(SplitLinear following) {
        cpu.precede(following.cpu);
    }

    /** In the order of the outputs. */
    public List<Linear> linears() {
        return linears;
    }

    int inputSize() {
        return linears.get(0).inputSize();
    }

    /** From the next pass on the tiles before the cut are the GPU's. */
    void attach(GpuTiles tiles) {
        gpu = tiles;
    }

    /**
     * Has the thread that will multiply a tile touch its memory first, before anything is packed into it: a system
     * with several memory nodes gives a page to the node of that thread.
     */
    public void touch(ThreadTeam team) {
        cpu.touch(team);
    }
}
