package io.hetegen.engine.linear;

import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.tensor.PlainRead;
import io.hetegen.engine.tensor.WeightArena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/** Times plain reads of a model's weights by the CPU: alone, by fewer threads, and while the GPU copies. */
final class MachineTimer {

    private static final long READ_BYTES = 1L << 30;
    private static final long PIECE_BYTES = 32L << 20;
    private static final long COPIED_BYTES = 256L << 20;
    private static final int SAMPLES = 7;
    private static final double NANOS = 1e9;

    /** More threads that win less than this are not worth their cores. */
    private static final double SATURATED = 0.95;

    private final WeightArena arena;
    private final ThreadTeam team;
    private final LongSupplier clock;
    private long place;

    MachineTimer(WeightArena arena, ThreadTeam team, LongSupplier clock) {
        this.arena = arena;
        this.team = team;
        this.clock = clock;
    }

    /**
     * @param bytesPerSecond of all threads
     * @param saturationThreads so many threads already read about as fast
     */
    record Reads(double bytesPerSecond, int saturationThreads) {}

    Reads reads() {
        double all = Probe.median(SAMPLES, () -> 1 / rate(READ_BYTES, team));
        for (int threads = 1; threads < team.size(); threads *= 2) {
            try (ThreadTeam fewer = new ThreadTeam(threads)) {
                double rate = 1 / Probe.median(SAMPLES, () -> 1 / rate(READ_BYTES, fewer));
                if (rate * all >= SATURATED) {
                    return new Reads(1 / all, threads);
                }
            }
        }
        return new Reads(1 / all, team.size());
    }

    /** Of reads and copies together while both run. */
    double busBytesPerSecond(CopyTimer copies, Linear largest) {
        return 1
                / Probe.median(SAMPLES, () -> {
                    List<Double> rates = new ArrayList<>();
                    double copied =
                            copies.bytesPerSecond(largest, COPIED_BYTES, () -> rates.add(rate(PIECE_BYTES, team)));
                    // During the last one the copies ended.
                    double read = rates.stream()
                            .limit(Math.max(1, rates.size() - 1))
                            .mapToDouble(rate -> rate)
                            .average()
                            .orElse(0);
                    return 1 / (read + copied);
                });
    }

    /** Of one sweep on from where the last one ended. */
    private double rate(long bytes, ThreadTeam readers) {
        place = place + bytes > arena.bytes() ? 0 : place;
        long size = Math.min(bytes, arena.bytes());
        long start = clock.getAsLong();
        PlainRead.sum(arena, place, size, readers);
        place += size;
        return size * NANOS / Math.max(1, clock.getAsLong() - start);
    }
}
