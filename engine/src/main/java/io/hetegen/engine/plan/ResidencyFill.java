package io.hetegen.engine.plan;

import io.hetegen.engine.profile.LinearShape;
import io.hetegen.engine.tensor.TileLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Fills GPU memory with weights in the order of g = T(CPU) / M(GPU), the time that a byte gains in decode. Linears of
 * the same g share what is there. A linear is filled first up to the point where its GPU part takes as long as its CPU
 * part: what comes after gains nothing in decode, so it waits until all are there.
 */
final class ResidencyFill {

    /** Linears whose g differs by less are equal: measured times are no better than that. */
    private static final double SAME_GAIN = 0.98;

    private final ModelShape model;
    private final CostModel costs;
    private final double[] gains;
    private final int[] balanced;

    ResidencyFill(ModelShape model, CostModel costs) {
        this.model = model;
        this.costs = costs;
        this.gains = model.linears().stream()
                .mapToDouble(linear -> gain(linear.shape()))
                .toArray();
        this.balanced = model.linears().stream()
                .mapToInt(linear ->
                        costs.hasGpu() ? balanced(linear.shape(), linear.shape().tiles(), 1) : 0)
                .toArray();
    }

    /** Seconds that a byte gains per token. */
    double gain(LinearShape shape) {
        return costs.cpuSeconds(shape, 1, shape.tiles()) / shape.bytes();
    }

    /**
     * So many of the first {@code most} tiles that the GPU, its activations' way there and back included, takes at most
     * as long for them as the CPU for the others.
     */
    int balanced(LinearShape shape, int most, int tokens) {
        double there = costs.launchSeconds() + costs.uploadSeconds(tokens * shape.inputBytes());
        int low = 0;
        int high = most;
        while (low < high) {
            int middle = (low + high + 1) / 2;
            double back = costs.downloadSeconds((double) Float.BYTES * tokens * middle * TileLayout.ROWS);
            double gpu = there + costs.gpuSeconds(shape, tokens, middle) + back;
            if (gpu <= costs.cpuSeconds(shape, tokens, shape.tiles() - middle)) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** Packed bytes of a layer; the last "layer" is the output matrix. */
    long layerBytes(int layer) {
        return model.linears().stream()
                .filter(linear -> linear.layer() == layer)
                .mapToLong(linear -> linear.shape().bytes())
                .sum();
    }

    /** The layers, best gain first. */
    List<Integer> layersByGain() {
        return IntStream.range(0, model.layers())
                .boxed()
                .sorted(Comparator.comparingDouble((Integer layer) -> -layerGain(layer)))
                .toList();
    }

    /**
     * Resident tiles of each linear.
     *
     * @param bytes that may be used
     * @param whole layers that are wholly resident, whatever the order; they must fit
     * @param spread whether what is left over goes to the other linears
     */
    int[] fill(long bytes, boolean[] whole, boolean spread) {
        int[] tiles = new int[gains.length];
        long left = bytes;
        List<Integer> rest = new ArrayList<>();
        for (int i = 0; i < tiles.length; i++) {
            PlannedLinear linear = model.linears().get(i);
            if (linear.layer() < model.layers() && whole[linear.layer()]) {
                tiles[i] = linear.shape().tiles();
                left -= linear.shape().bytes();
            } else {
                rest.add(i);
            }
        }
        if (!spread) {
            return withOutputMatrix(tiles, left, whole);
        }
        rest.sort(Comparator.comparingDouble(i -> -gains[i]));
        int[] all = model.linears().stream()
                .mapToInt(linear -> linear.shape().tiles())
                .toArray();
        left = fillInOrder(tiles, rest, balanced, left);
        fillInOrder(tiles, rest, all, left);
        return tiles;
    }

    /** Behind all layers the output matrix may come too, as it does with llama.cpp. */
    private int[] withOutputMatrix(int[] tiles, long left, boolean[] whole) {
        if (IntStream.range(0, whole.length).allMatch(layer -> whole[layer]) && left >= layerBytes(model.layers())) {
            for (int i = 0; i < tiles.length; i++) {
                tiles[i] = model.linears().get(i).shape().tiles();
            }
        }
        return tiles;
    }

    /** Raises {@code tiles} towards {@code most}; returns the bytes that are left over. */
    private long fillInOrder(int[] tiles, List<Integer> order, int[] most, long bytes) {
        long left = bytes;
        int from = 0;
        while (from < order.size() && left > 0) {
            int to = from;
            while (to < order.size() && gains[order.get(to)] >= SAME_GAIN * gains[order.get(from)]) {
                to++;
            }
            left -= share(tiles, order.subList(from, to), most, left);
            from = to;
        }
        return left;
    }

    /** Gives each linear the same part of what it lacks; rounding in tiles is carried on. Returns the bytes used. */
    private long share(int[] tiles, List<Integer> linears, int[] most, long bytes) {
        double wanted = 0;
        for (int i : linears) {
            wanted += (double) Math.max(0, most[i] - tiles[i]) * tileBytes(i);
        }
        if (wanted == 0) {
            return 0;
        }
        double part = Math.min(1, bytes / wanted);
        double carry = 0;
        long used = 0;
        for (int i : linears) {
            int lacking = Math.max(0, most[i] - tiles[i]);
            double exact = part * lacking * tileBytes(i) + carry;
            long whole = Math.min(lacking, (long) (exact / tileBytes(i) + 1e-9));
            whole = Math.min(whole, (bytes - used) / tileBytes(i));
            tiles[i] += (int) whole;
            used += whole * tileBytes(i);
            carry = exact - (double) whole * tileBytes(i);
        }
        return used;
    }

    private long tileBytes(int linear) {
        return model.linears().get(linear).shape().tileBytes();
    }

    private double layerGain(int layer) {
        double seconds = model.linears().stream()
                .filter(linear -> linear.layer() == layer)
                .mapToDouble(linear ->
                        costs.cpuSeconds(linear.shape(), 1, linear.shape().tiles()))
                .sum();
        return seconds / layerBytes(layer);
    }
}
