package io.hetegen.engine.linear;

import io.hetegen.engine.profile.Curve;
import io.hetegen.engine.profile.LinearShape;
import io.hetegen.engine.profile.Measurement;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import io.hetegen.engine.tensor.TilePacker;
import io.hetegen.engine.tensor.WeightArena;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Multiplications and additions per second with float and with quantized weights: the most that any linear reached. Of the
 * kind that the model has no weights of, a matrix of zeros is multiplied.
 */
final class ComputeRates {

    private static final int MOST_ROWS = 1024;
    private static final int SAMPLES = 3;

    private final List<Measurement> measurements;
    private final int tokens;

    ComputeRates(List<Measurement> measurements, int tokens) {
        this.measurements = measurements;
        this.tokens = tokens;
    }

    double onCpu(boolean quantized, CpuTimer timer) {
        double measured = most(quantized, Measurement::cpu);
        if (measured > 0) {
            return measured;
        }
        try (WeightArena arena = new WeightArena()) {
            TileLayout layout = other(quantized);
            RowTiles weights = TilePacker.zeros(layout, arena);
            weights.touch(0, weights.tiles());
            List<Linear> linear = List.of(new Linear("synthetic", weights));
            return flops(layout) / Probe.median(SAMPLES, () -> timer.seconds(linear, tokens, weights.tiles()));
        }
    }

    double onGpu(boolean quantized, KernelTimer timer) {
        double measured = most(quantized, Measurement::gpu);
        TileLayout layout = other(quantized);
        return measured > 0
                ? measured
                : flops(layout) / Probe.median(SAMPLES, () -> timer.seconds(layout, tokens, layout.tiles()));
    }

    private double most(boolean quantized, Function<Measurement, @Nullable Curve> activity) {
        return measurements.stream()
                .filter(measurement -> measurement.shape().dtype().isQuantized() == quantized)
                .mapToDouble(measurement -> rate(measurement, activity.apply(measurement)))
                .max()
                .orElse(0);
    }

    private static double rate(Measurement measurement, @Nullable Curve curve) {
        if (curve == null) {
            return 0;
        }
        int tiles = curve.tiles()[curve.tiles().length - 1];
        return measurement.tokens() * measurement.shape().flops(tiles) / curve.at(tiles);
    }

    private TileLayout other(boolean quantized) {
        DType dtype = quantized ? DType.Q8_0 : DType.F32;
        LinearShape first = measurements.get(0).shape();
        int columns = first.columns() / dtype.blockSize() * dtype.blockSize();
        return new TileLayout(dtype, Math.min(MOST_ROWS, first.rows()), Math.max(dtype.blockSize(), columns));
    }

    private double flops(TileLayout layout) {
        return 2.0 * tokens * layout.rows() * layout.columns();
    }
}
