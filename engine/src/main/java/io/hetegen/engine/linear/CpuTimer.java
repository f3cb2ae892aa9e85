package io.hetegen.engine.linear;

import io.hetegen.engine.kernel.Activations;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;

/** Times products of the thread team, with the quantization of their input, as a split linear does them. */
final class CpuTimer {

    private static final double NANOS = 1e9;

    private final Compute compute;
    private final LongSupplier clock;
    private final Activations x = new Activations();
    private int filled;
    private float[][] y = new float[0][];

    CpuTimer(Compute compute, LongSupplier clock) {
        this.compute = compute;
        this.clock = clock;
    }

    /** Of the last tiles of each of some linears of one shape, by linear: the first tiles are the GPU's. */
    double seconds(List<Linear> linears, int tokens, int tiles) {
        prepare(linears, tokens);
        CpuTiles cpu = new CpuTiles(linears);
        int all = linears.get(0).tiles();
        int[] from = filled(linears.size(), all - tiles);
        int[] to = filled(linears.size(), all);
        // In a forward pass one job follows the other: no thread is asleep.
        compute.team().run(compute.team().size(), (task, worker) -> {});
        long start = clock.getAsLong();
        cpu.multiply(from, to, x, tokens, compute, y);
        return Math.max(1, clock.getAsLong() - start) / NANOS / linears.size();
    }

    private static int[] filled(int count, int value) {
        int[] array = new int[count];
        Arrays.fill(array, value);
        return array;
    }

    private void prepare(List<Linear> linears, int tokens) {
        Linear first = linears.get(0);
        x.resize(tokens, first.inputSize());
        float[] values = x.values();
        for (; filled < values.length; filled++) {
            values[filled] = (filled % 17 - 8) / 8f;
        }
        int length = Math.multiplyExact(tokens, first.outputSize());
        if (y.length < linears.size() || y[0].length < length) {
            y = new float[linears.size()][length];
        }
    }
}
