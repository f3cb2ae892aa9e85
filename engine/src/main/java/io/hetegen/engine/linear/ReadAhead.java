package io.hetegen.engine.linear;

import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.tensor.RowTiles;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Has the weights that each thread will multiply first in the next product fetched into its cache while the thread waits
 * for others: decoding waits for memory, which would rest meanwhile.
 */
final class ReadAhead implements ThreadTeam.Idle {

    /** Of each thread; half of the second-level cache of common cores. */
    static final int MOST_BYTES = 256 << 10;

    /** Fetched in a step. */
    static final int STEP_BYTES = 4 << 10;

    private final int tilesTogether;
    private final Fetch fetch;
    private final Reader[] readers;

    /** {@link RowTiles#prefetch} */
    @FunctionalInterface
    interface Fetch {
        void fetch(RowTiles weights, int tile, int at, int length);
    }

    /** Where a thread is. Its own, but for the beginning. */
    private static final class Reader {
        @Nullable
        RowTiles weights;

        int firstTile;
        int step;
    }

    /** @param tilesTogether tiles that are read side by side */
    ReadAhead(int threads, int tilesTogether, Fetch fetch) {
        this.tilesTogether = tilesTogether;
        this.fetch = fetch;
        this.readers = new Reader[threads];
        Arrays.setAll(readers, i -> new Reader());
    }

    /** To be called before the team knows of this. */
    void begin(int worker, RowTiles weights, int firstTile) {
        readers[worker].weights = weights;
        readers[worker].firstTile = firstTile;
    }

    @Override
    public boolean step(int worker) {
        Reader reader = readers[worker];
        RowTiles weights = reader.weights;
        if (weights == null || reader.step >= MOST_BYTES / STEP_BYTES) {
            return false;
        }
        int tileBytes = Math.toIntExact(weights.layout().tileBytes());
        int stepsOfTiles = (tileBytes + STEP_BYTES - 1) / STEP_BYTES * tilesTogether;
        int inTiles = reader.step % stepsOfTiles;
        int tile = reader.firstTile + reader.step / stepsOfTiles * tilesTogether + inTiles % tilesTogether;
        int at = inTiles / tilesTogether * STEP_BYTES;
        if (tile < weights.tiles()) {
            fetch.fetch(weights, tile, at, Math.min(STEP_BYTES, tileBytes - at));
        }
        reader.step++;
        return true;
    }
}
