package io.hetegen.engine.linear;

import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.kernel.Activations;
import io.hetegen.engine.tensor.TileLayout;
import java.util.List;

/**
 * The CPU's part of linears that share an input: the activations are quantized once (twice if the linears' types have
 * different blocks), the tiles of all of them are dealt to the team in one job and joined once.
 */
final class CpuTiles {

    /** Of one token. */
    private static final int MOST_TILES_PER_TASK = 16;

    /** Of several, whose activations each task copies. */
    private static final int MOST_TILES_PER_TASK_OF_SEVERAL = 32;

    /** At least, so that a thread that others keep from its work leaves them little to wait for. */
    private static final int TASKS_PER_THREAD = 4;

    /** Tiles that the kernels read side by side. */
    private static final int TILES_TOGETHER = 4;

    private final List<Linear> linears;
    private final boolean quantizesInput;
    private final int[] allTiles;

    CpuTiles(List<Linear> linears) {
        this.linears = linears;
        this.quantizesInput = linears.stream().anyMatch(linear -> linear.dtype().isQuantized());
        this.allTiles =
                linears.stream().mapToInt(linear -> linear.weights().tiles()).toArray();
    }

    /**
     * Multiplies the tiles [from, to) of each linear.
     *
     * @param x tokens rows of the common input; its quantized form is overwritten
     * @param outputs for each linear in turn its y as [token][row]
     */
    void multiply(int[] from, int[] to, Activations x, int tokens, Compute compute, float[]... outputs) {
        if (isNothing(from, to)) {
            return;
        }
        if (quantizesInput) {
            linears.forEach(linear -> x.resizeQuantized(linear.dtype()));
            compute.forEachToken(tokens, (first, end) -> compute.kernels().quantize(x, first, end));
        }
        forEachShare(
                compute.team(),
                from,
                to,
                tokens,
                (index, fromTile, toTile, worker) ->
                        multiply(linears.get(index), fromTile, toTile, x, tokens, outputs[index], compute, worker));
    }

    /** {@link SplitLinear#touch} */
    void touch(ThreadTeam team) {
        forEachShare(
                team,
                new int[linears.size()],
                allTiles,
                1,
                (index, fromTile, toTile, worker) ->
                        linears.get(index).weights().touch(fromTile, toTile));
    }

    private static boolean isNothing(int[] from, int[] to) {
        for (int i = 0; i < from.length; i++) {
            if (from[i] < to[i]) {
                return false;
            }
        }
        return true;
    }

    /** Work on the tiles [fromTile, toTile) of one of the linears. */
    @FunctionalInterface
    private interface Share {
        void run(int linear, int fromTile, int toTile, int worker);
    }

    /** Deals the tiles, each thread about the same ones every time. */
    private static void forEachShare(ThreadTeam team, int[] from, int[] to, int tokens, Share work) {
        int share = tilesPerTask(from, to, tokens, team.size());
        int tasks = 0;
        for (int i = 0; i < from.length; i++) {
            tasks += shares(to[i] - from[i], share);
        }
        team.run(tasks, (task, worker) -> {
            int index = 0;
            int part = task;
            while (part >= shares(to[index] - from[index], share)) {
                part -= shares(to[index] - from[index], share);
                index++;
            }
            int fromTile = from[index] + part * share;
            work.run(index, fromTile, Math.min(fromTile + share, to[index]), worker);
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

    private static int tilesPerTask(int[] from, int[] to, int tokens, int threads) {
        int tiles = 0;
        for (int i = 0; i < from.length; i++) {
            tiles += to[i] - from[i];
        }
        int most = tokens == 1 ? MOST_TILES_PER_TASK : MOST_TILES_PER_TASK_OF_SEVERAL;
        int share = Math.min(most, tiles / (threads * TASKS_PER_THREAD)) / TILES_TOGETHER * TILES_TOGETHER;
        // Small matrices are cut so that every thread gets a share.
        return share > 0 ? share : Math.max(1, Math.min(TILES_TOGETHER, (tiles + threads - 1) / threads));
    }

    private static int shares(int tiles, int share) {
        return (tiles + share - 1) / share;
    }
}
