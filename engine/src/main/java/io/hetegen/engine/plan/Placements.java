package io.hetegen.engine.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Lists the placements that are worth trying for a strategy and a number of bytes. */
final class Placements {

    private static final long LARGEST_RING = 128L << 20;

    /** The ring gets at most this part of the memory. */
    private static final int RING_PART = 8;

    private static final int WHOLE_LAYER_STEPS = 8;

    private final ModelShape model;
    private final PlanRequest request;
    private final ResidencyFill fill;
    private final List<Integer> chunks;
    private final long kvPerLayer;
    private final long largestTile;

    Placements(ModelShape model, PlanRequest request, ResidencyFill fill, List<Integer> promptChunks) {
        this.model = model;
        this.request = request;
        this.fill = fill;
        this.chunks = promptChunks.stream()
                .map(chunk -> Math.min(chunk, request.promptTokens()))
                .distinct()
                .toList();
        this.kvPerLayer = request.kvBytesPerLayer(model);
        this.largestTile = model.linears().stream()
                .mapToLong(linear -> linear.shape().tileBytes())
                .max()
                .orElseThrow();
    }

    /** More than this is of no use. */
    long most() {
        return model.weightBytes() + model.layers() * kvPerLayer + activationBytes(largestChunk()) + LARGEST_RING;
    }

    /** Less than this holds no streamed weights. */
    long least() {
        int smallestChunk = chunks.get(chunks.size() - 1);
        return Math.max(smallestRing() + activationBytes(smallestChunk) + 1, RING_PART * smallestRing());
    }

    private long activationBytes(int chunk) {
        return model.activationBytes(chunk, (long) request.sequences() * request.positions());
    }

    int largestChunk() {
        return chunks.get(0);
    }

    List<Placement> of(Strategy strategy, long bytes) {
        List<Placement> placements = new ArrayList<>();
        for (int chunk : chunks) {
            switch (strategy) {
                case HETEGEN -> {
                    addSpread(placements, bytes, chunk, true);
                    addLayers(placements, bytes, chunk);
                }
                case STREAM -> addSpread(placements, bytes, chunk, false);
                case LAYERS -> addLayers(placements, bytes, chunk);
                case CPU -> {}
            }
        }
        return placements;
    }

    private void addSpread(List<Placement> placements, long bytes, int chunk, boolean withWholeLayers) {
        long ring = ring(bytes);
        for (boolean kvOnGpu : new boolean[] {true, false}) {
            long kv = kvOnGpu ? model.layers() * kvPerLayer : 0;
            long free = bytes - ring - activationBytes(chunk) - kv;
            if (free < 0 || ring == 0) {
                continue;
            }
            boolean[] all = wholeLayers(free, kvOnGpu ? 0 : kvPerLayer, model.layers());
            int most = withWholeLayers ? count(all) : 0;
            for (int whole : counts(most)) {
                add(placements, free, chunk, wholeLayers(free, kvOnGpu ? 0 : kvPerLayer, whole), kvOnGpu, ring, true);
            }
        }
    }

    /** Numbers of layers to try as wholes: the same ones for every memory that has room for them, and the most. */
    private Set<Integer> counts(int most) {
        Set<Integer> counts = new LinkedHashSet<>();
        int step = (model.layers() + WHOLE_LAYER_STEPS - 1) / WHOLE_LAYER_STEPS;
        for (int count = 0; count <= most; count += step) {
            counts.add(count);
        }
        counts.add(most);
        return counts;
    }

    private void addLayers(List<Placement> placements, long bytes, int chunk) {
        for (long ring : new long[] {ring(bytes), 0}) {
            long free = bytes - ring - activationBytes(chunk);
            if (free >= 0) {
                add(placements, free, chunk, wholeLayers(free, kvPerLayer, model.layers()), false, ring, false);
            }
        }
    }

    private void add(
            List<Placement> placements,
            long free,
            int chunk,
            boolean[] whole,
            boolean kvOnGpu,
            long ring,
            boolean spread) {
        boolean[] kv = whole.clone();
        if (kvOnGpu) {
            Arrays.fill(kv, true);
        }
        long kvOfWhole = kvOnGpu ? 0 : count(whole) * kvPerLayer;
        placements.add(new Placement(
                fill.fill(free - kvOfWhole, whole, spread),
                whole,
                kv,
                count(kv) * kvPerLayer,
                ring,
                activationBytes(chunk),
                chunk));
    }

    /** The best layers of those that fit, at most so many. */
    private boolean[] wholeLayers(long free, long kvOfEach, int most) {
        boolean[] whole = new boolean[model.layers()];
        long left = free;
        int count = 0;
        for (int layer : fill.layersByGain()) {
            long bytes = fill.layerBytes(layer) + kvOfEach;
            if (count == most || bytes > left) {
                break;
            }
            whole[layer] = true;
            left -= bytes;
            count++;
        }
        return whole;
    }

    /** 0 where the memory is too small for a ring that holds tiles. */
    private long ring(long bytes) {
        long ring = Math.min(LARGEST_RING, bytes / RING_PART);
        return ring < smallestRing() ? 0 : ring;
    }

    private long smallestRing() {
        return Reservation.SLICES_IN_RING * largestTile;
    }

    private static int count(boolean[] flags) {
        int count = 0;
        for (boolean flag : flags) {
            count += flag ? 1 : 0;
        }
        return count;
    }
}
