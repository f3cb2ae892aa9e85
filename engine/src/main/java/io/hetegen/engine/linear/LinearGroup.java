package io.hetegen.engine.linear;

import io.hetegen.engine.kernel.Activations;
import io.hetegen.engine.tensor.TileLayout;
import java.util.List;

/**
 * Linears that share an input: the activations are quantized once (twice if the linears' types have different
 * blocks), the tiles of all of them are dealt to the team in
 * one job and joined once.
 */
public final class LinearGroup {

    private static final int TILES_PER_TASK = 16;

    private final List<Linear> linears;
    private final boolean quantizesInput;

    public LinearGroup(Linear... linears) {
        this.linears = List.of(linears);
        this.quantizesInput =
                this.linears.stream().anyMatch(linear -> linear.dtype().isQuantized());
        if (this.linears.stream().mapToInt(Linear::inputSize).distinct().count() != 1) {
            throw new IllegalArgumentException("the linears of a group must have one input size");
        }
    }

    /**
     * @param x tokens rows of the common input; its quantized form is overwritten
     * @param outputs for each linear in turn its y as [token][row]
     */
    public void forward(Activations x, int tokens, Compute compute, float[]... outputs) {
        if (quantizesInput) {
            linears.forEach(linear -> x.resizeQuantized(linear.dtype()));
            compute.forEachToken(tokens, (from, to) -> compute.kernels().quantize(x, from, to));
        }
        int share = tilesPerTask(compute.team().size());
        int tasks = 0;
        for (Linear linear : linears) {
            tasks += shares(linear, share);
        }
        compute.team().run(tasks, (task, worker) -> {
            int index = 0;
            int part = task;
            while (part >= shares(linears.get(index), share)) {
                part -= shares(linears.get(index++), share);
            }
            multiply(linears.get(index), part * share, share, x, tokens, outputs[index], compute, worker);
        });
    }

    private static void multiply(
            Linear linear, int fromTile, int share, Activations x, int tokens, float[] y, Compute compute, int worker) {
        int toTile = Math.min(fromTile + share, linear.weights().tiles());
        compute.kernels().multiply(linear.weights(), fromTile, toTile, x, tokens, y, compute.scratch(worker));
        linear.addBias(y, tokens, fromTile * TileLayout.ROWS, toTile * TileLayout.ROWS);
    }

    /** Small matrices are cut so that every thread gets a share. */
    private int tilesPerTask(int threads) {
        int tiles = 0;
        for (Linear linear : linears) {
            tiles += linear.weights().tiles();
        }
        return Math.max(1, Math.min(TILES_PER_TASK, (tiles + threads - 1) / threads));
    }

    private static int shares(Linear linear, int share) {
        return (linear.weights().tiles() + share - 1) / share;
    }
}
