package io.hetegen.engine.linear;

import io.hetegen.engine.device.cpu.ThreadTeam;
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
        forEachShare(
                compute.team(),
                (index, fromTile, toTile, worker) ->
                        multiply(linears.get(index), fromTile, toTile, x, tokens, outputs[index], compute, worker));
    }

    /**
     * Has the thread that will multiply a tile touch its memory first, before anything is packed into it: a system
     * with several memory nodes gives a page to the node of that thread.
     */
    public void touch(ThreadTeam team) {
        forEachShare(
                team,
                (index, fromTile, toTile, worker) ->
                        linears.get(index).weights().touch(fromTile, toTile));
    }

    /** Work on the tiles [fromTile, toTile) of one of the linears. */
    @FunctionalInterface
    private interface Share {
        void run(int linear, int fromTile, int toTile, int worker);
    }

    /** Deals the tiles, each thread the same ones every time. */
    private void forEachShare(ThreadTeam team, Share work) {
        int share = tilesPerTask(team.size());
        int tasks = 0;
        for (Linear linear : linears) {
            tasks += shares(linear, share);
        }
        team.run(tasks, (task, worker) -> {
            int index = 0;
            int part = task;
            while (part >= shares(linears.get(index), share)) {
                part -= shares(linears.get(index++), share);
            }
            int fromTile = part * share;
            int toTile = Math.min(fromTile + share, linears.get(index).weights().tiles());
            work.run(index, fromTile, toTile, worker);
        });
    }

    private static void multiply(
            Linear linear,
            int fromTile,
            int toTile,
            Activations x,
            int tokens,
            float[] y,
            Compute compute,
            int worker) {
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
