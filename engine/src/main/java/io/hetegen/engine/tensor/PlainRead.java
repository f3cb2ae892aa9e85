package io.hetegen.engine.tensor;

import io.hetegen.engine.device.cpu.NativeLibrary;
import io.hetegen.engine.device.cpu.ThreadTeam;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.concurrent.atomic.LongAdder;

/** A loop that reads all weights and does next to nothing with them: what a machine's read bandwidth is measured with. */
public final class PlainRead {

    private static final int PIECE_BYTES = 1 << 20;

    private PlainRead() {}

    /** Reads the arena's memory once on all threads of the team, in whole longs; returns their sum. */
    public static long sum(WeightArena arena, ThreadTeam team) {
        return sum(arena, 0, arena.bytes(), team);
    }

    /** Reads so many bytes of what the arena handed out, or as many as there are from the offset on. */
    public static long sum(WeightArena arena, long offset, long bytes, ThreadTeam team) {
        boolean isNative = NativeLibrary.problem() == null;
        LongAdder total = new LongAdder();
        long skip = offset;
        long left = bytes;
        for (ByteBuffer chunk : arena.contents()) {
            int first = (int) Math.min(chunk.capacity(), skip);
            int size = (int) Math.min(chunk.capacity() - first, left);
            skip -= first;
            left -= size;
            int pieces = (size + PIECE_BYTES - 1) / PIECE_BYTES;
            team.run(pieces, (task, worker) -> {
                int inPart = task * PIECE_BYTES;
                int length = Math.min(PIECE_BYTES, size - inPart);
                int from = first + inPart;
                total.add(isNative ? sum(chunk, from, length) : javaSum(chunk, from, length));
            });
        }
        return total.sum();
    }

    /** As fast as a core can read; direct memory only. */
    static native long sum(ByteBuffer memory, int from, int length);

    // Nothing by hand: unrolled into eight sums the JIT's code is a quarter slower.
    static long javaSum(ByteBuffer memory, int from, int length) {
        LongBuffer longs =
                memory.slice(from, length).order(ByteOrder.nativeOrder()).asLongBuffer();
        long sum = 0;
        int limit = longs.limit();
        for (int i = 0; i < limit; i++) {
            sum += longs.get(i);
        }
        return sum;
    }
}
