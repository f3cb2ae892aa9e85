package io.hetegen.engine.linear;

import io.hetegen.engine.kernel.Activations;
import java.util.List;
import java.util.function.LongSupplier;

/** Times products of the thread team, with the quantization of their input, as a split linear does them. */
final class CpuTimer {

    private static final double NANOS = 1e9;

    private final Compute compute;
    private final LongSupplier clock;
    private final Activations x = new Activations();
    private int filled;
    private float[] y = new float[0];

    CpuTimer(Compute compute, LongSupplier clock) {
        this.compute = compute;
        this.clock = clock;
    }

    /** Of the last tiles of a linear: the first ones are the GPU's. */
    double seconds(Linear linear, int tokens, int tiles) {
        prepare(linear, tokens);
        CpuTiles cpu = new CpuTiles(List.of(linear));
        int[] from = {linear.tiles() - tiles};
        int[] to = {linear.tiles()};
        long start = clock.getAsLong();
        cpu.multiply(from, to, x, tokens, compute, y);
        return Math.max(1, clock.getAsLong() - start) / NANOS;
    }

    private void prepare(Linear linear, int tokens) {
        x.resize(tokens, linear.inputSize());
        float[] values = x.values();
        for (; filled < values.length; filled++) {
            values[filled] = (filled % 17 - 8) / 8f;
        }
        int length = Math.multiplyExact(tokens, linear.outputSize());
        y = y.length < length ? new float[length] : y;
    }
}
