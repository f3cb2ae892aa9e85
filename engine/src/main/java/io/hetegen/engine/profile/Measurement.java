package io.hetegen.engine.profile;

import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The curves of a linear; without a GPU only the first of them. The curves of one activity alone are what plans are
 * reckoned from, which let CPU and copies share the memory bus; those of both at once are what a split linear sees.
 *
 * @param tokens of the batch: 1 is decode
 * @param cpu seconds in which the thread team multiplies so many tiles
 * @param gpu seconds in which the GPU multiplies so many tiles that lie in its memory, without the launch
 * @param copy seconds in which so many tiles go over the link
 * @param cpuBesideCopies as cpu, while copies run
 * @param copyBesideCpu as copy, while the team multiplies
 */
public record Measurement(
        LinearShape shape,
        int tokens,
        Curve cpu,
        @Nullable Curve gpu,
        @Nullable Curve copy,
        @Nullable Curve cpuBesideCopies,
        @Nullable Curve copyBesideCpu) {

    public Measurement {
        long present = Stream.of(gpu, copy, cpuBesideCopies, copyBesideCpu)
                .filter(Objects::nonNull)
                .count();
        if (present != 0 && present != 4) {
            throw new IllegalArgumentException("the curves that need a GPU come together");
        }
        if (tokens < 1) {
            throw new IllegalArgumentException("tokens must be at least 1, is " + tokens);
        }
    }

    /** Without a GPU. */
    public Measurement(LinearShape shape, int tokens, Curve cpu) {
        this(shape, tokens, cpu, null, null, null, null);
    }

    /** The first number of streamed tiles at which {@code T(COM) + T(GPU)} reaches {@code T(CPU)} of the others. */
    public int balance() {
        for (int tiles = 0; tiles < shape.tiles(); tiles++) {
            if (gpuSideSeconds(tiles) >= cpuSideSeconds(tiles)) {
                return tiles;
            }
        }
        return shape.tiles();
    }

    /** {@code T(COM) + T(GPU)} of streamed tiles, while the CPU multiplies. */
    public double gpuSideSeconds(int tiles) {
        if (gpu == null || copyBesideCpu == null) {
            throw new IllegalStateException("no GPU was measured");
        }
        return tiles == 0 ? 0 : gpu.at(tiles) + copyBesideCpu.at(tiles);
    }

    /** {@code T(CPU)} of what is left when so many tiles are streamed. */
    public double cpuSideSeconds(int streamedTiles) {
        Curve curve = cpuBesideCopies == null ? cpu : cpuBesideCopies;
        return streamedTiles == shape.tiles() ? 0 : curve.at(shape.tiles() - streamedTiles);
    }
}
