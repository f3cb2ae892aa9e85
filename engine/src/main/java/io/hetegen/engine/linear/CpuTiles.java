package io.hetegen.engine.linear;

import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.kernel.Activations;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The CPU's part of linears that share an input: the activations are quantized once (twice if the linears' types have
 * different blocks), the tiles of all of them are dealt to the team in one job and joined once.
 */
final class CpuTiles {

    /** Each task copies the activations. */
    private static final int MOST_TILES_PER_TASK = 32;

    /** At least, so that a thread that others keep from its work leaves them little to wait for. */
    private static final int TASKS_PER_THREAD = 4;

    /** Tiles that the kernels read side by side. */
    private static final int TILES_TOGETHER = 4;

    private final List<Linear> linears;
    private final boolean quantizesInput;
    private final int[] allTiles;

    /** As they were dealt in the last pass. */
    private @Nullable Shares last;

    private @Nullable CpuTiles next;

    CpuTiles(List<Linear> linears) {
        this.linears = linears;
        this.quantizesInput = linears.stream().anyMatch(linear -> linear.dtype().isQuantized());
        this.allTiles =
                linears.stream().mapToInt(linear -> linear.weights().tiles()).toArray();
    }

    /** From now on idle threads read ahead in these tiles, which will be multiplied next. */
    void precede(CpuTiles following) {
        next = following;
    }

    /**
     * Multiplies the tiles [from, to) of each linear.
     *
     * @param x tokens rows of the common input; its quantized form is overwritten
     * @param outputs for each linear in turn its y as [token][row]
     */
    void multiply(int[] from, int[] to, Activations x, int tokens, Compute compute, float[]... outputs) {
        ThreadTeam team = compute.team();
        Shares shares = new Shares(from, to, team.size());
        last = shares;
        if (shares.tasks == 0) {
            return;
        }
        if (quantizesInput) {
            linears.forEach(linear -> x.resizeQuantized(linear.dtype()));
            compute.forEachToken(tokens, (first, end) -> compute.kernels().quantize(x, first, end));
        }
        if (next != null) {
            team.whenIdle(next.readAhead(team));
        }
        team.run(
                shares.tasks,
                (task, worker) -> shares.run(
                        task,
                        (index, fromTile, toTile) -> multiply(
                                linears.get(index), fromTile, toTile, x, tokens, outputs[index], compute, worker)));
    }

    private ReadAhead readAhead(ThreadTeam team) {
        Shares shares = last;
        ReadAhead ahead = new ReadAhead(team.size(), TILES_TOGETHER, RowTiles::prefetch);
        if (shares == null || shares.tasks == 0) {
            return ahead;
        }
        for (int worker = 0; worker < team.size(); worker++) {
            int reader = worker;
            shares.run(
                    team.firstTask(shares.tasks, worker),
                    (index, fromTile, toTile) ->
                            ahead.begin(reader, linears.get(index).weights(), fromTile));
        }
        return ahead;
    }

    /** {@link SplitLinear#touch} */
    void touch(ThreadTeam team) {
        Shares shares = new Shares(new int[linears.size()], allTiles, team.size());
        team.run(
                shares.tasks,
                (task, worker) -> shares.run(
                        task,
                        (index, fromTile, toTile) ->
                                linears.get(index).weights().touch(fromTile, toTile)));
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

    /** Work on the tiles [fromTile, toTile) of one of the linears. */
    @FunctionalInterface
    private interface Share {
        void run(int linear, int fromTile, int toTile);
    }

    /** The tiles [from, to) of each linear cut into tasks, which deal each thread about the same ones every time. */
    private static final class Shares {
        private final int[] from;
        private final int[] to;
        private final int tilesPerTask;
        private final int tasks;

        Shares(int[] from, int[] to, int threads) {
            this.from = from;
            this.to = to;
            this.tilesPerTask = tilesPerTask(from, to, threads);
            int count = 0;
            for (int i = 0; i < from.length; i++) {
                count += tasksOf(i);
            }
            this.tasks = count;
        }

        void run(int task, Share work) {
            int index = 0;
            int part = task;
            while (part >= tasksOf(index)) {
                part -= tasksOf(index);
                index++;
            }
            int fromTile = from[index] + part * tilesPerTask;
            work.run(index, fromTile, Math.min(fromTile + tilesPerTask, to[index]));
        }

        private int tasksOf(int linear) {
            return (to[linear] - from[linear] + tilesPerTask - 1) / tilesPerTask;
        }

        private static int tilesPerTask(int[] from, int[] to, int threads) {
            int tiles = 0;
            for (int i = 0; i < from.length; i++) {
                tiles += to[i] - from[i];
            }
            int share = Math.min(MOST_TILES_PER_TASK, tiles / (threads * TASKS_PER_THREAD))
                    / TILES_TOGETHER
                    * TILES_TOGETHER;
            // Small matrices are cut so that every thread gets a share.
            return share > 0 ? share : Math.max(1, Math.min(TILES_TOGETHER, (tiles + threads - 1) / threads));
        }
    }
}
