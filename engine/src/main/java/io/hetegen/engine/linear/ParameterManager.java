package io.hetegen.engine.linear;

import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaEvent;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.device.cuda.DeviceBuffer;
import io.hetegen.engine.plan.Lane;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Streams weights to the GPU ahead of their use (HeteGen's parameter manager, section 4.2): a dense layer's slices do not
 * depend on activations, so copies never wait for a layer, only for room in a ring of device memory, and go on into the
 * next token, which is expected to be like this one. For one thread.
 */
final class ParameterManager implements AutoCloseable {

    private final CudaDevice device;
    private final CudaStream copies;
    private final CudaStream compute;
    private final HostWeights host;
    private final DeviceBuffer memory;
    private final Ring ring;

    /** Of the pass, and of the next one behind it. */
    private List<Slice> schedule = List.of();

    /** What is copied next: of the schedule, and its tile. */
    private int next;

    private int nextTile;
    /** Copies are enqueued, kernels are not. */
    private final Deque<Streamed> ahead = new ArrayDeque<>();
    /** Kernels are enqueued; oldest first, as in the ring. */
    private final Deque<Streamed> used = new ArrayDeque<>();

    private final Deque<CudaEvent> spareEvents = new ArrayDeque<>();
    private final AtomicLong streamedBytes;
    private final PassTimes times;

    private record Streamed(Slice slice, long place, CudaEvent arrived, CudaEvent consumed) {
        void close() {
            arrived.close();
            consumed.close();
        }
    }

    /** Tiles that lie together at a place on the device. */
    record Part(Slice slice, long address) {}

    /** @param streamedBytes counts the bytes of slices that kernels read */
    ParameterManager(
            CudaDevice device,
            CudaStream copies,
            CudaStream compute,
            HostWeights host,
            long ringBytes,
            AtomicLong streamedBytes,
            PassTimes times) {
        this.device = device;
        this.copies = copies;
        this.compute = compute;
        this.host = host;
        this.streamedBytes = streamedBytes;
        this.times = times;
        // Nothing goes through a ring of 0, but a buffer has a byte.
        this.memory = device.allocate(Math.max(1, ringBytes));
        this.ring = new Ring(ringBytes);
    }

    /**
     * A pass that uses these slices in this order begins. Of what was copied for a different schedule it uses what it can in
     * the order of the copies.
     *
     * @param slices none larger than the ring's part
     */
    void begin(List<Slice> slices) {
        boolean same = slices == schedule;
        schedule = slices;
        while (!ahead.isEmpty()
                && (schedule.isEmpty()
                        || !isNext(schedule.get(0), schedule.get(0).firstTile()))) {
            drop();
        }
        if (!same || ahead.isEmpty()) {
            seek();
        }
        runAhead();
    }

    /** To the first tile of the schedule that is not there, in the order of what is there. */
    private void seek() {
        next = 0;
        nextTile = schedule.isEmpty() ? 0 : schedule.get(0).firstTile();
        for (Streamed there : ahead) {
            Slice slice = schedule.get(next);
            while (there.slice().contains(slice.linear(), nextTile)) {
                nextTile = Math.min(slice.end(), there.slice().end());
                if (nextTile == slice.end()) {
                    advance();
                    if (next == 0) {
                        break;
                    }
                    slice = schedule.get(next);
                }
            }
        }
    }

    private boolean isNext(Slice slice, int tile) {
        return ahead.getFirst().slice().contains(slice.linear(), tile);
    }

    private void advance() {
        next = (next + 1) % schedule.size();
        nextTile = schedule.get(next).firstTile();
    }

    /** Has the kernels that are enqueued next wait for the tiles of a slice of the pass from one on, as many as lie together. */
    Part await(Slice slice, int tile) {
        if (ahead.isEmpty() || !isNext(slice, tile)) {
            skipTo(slice, tile);
        }
        Streamed first = ahead.getFirst();
        compute.waitFor(first.arrived());
        int tiles = Math.min(slice.end(), first.slice().end()) - tile;
        long offset =
                (tile - first.slice().firstTile()) * slice.weights().layout().tileBytes();
        return new Part(new Slice(slice.linear(), tile, tiles), memory.address(first.place() + offset));
    }

    /** What comes before it in the ring is not wanted, and makes room. */
    private void skipTo(Slice slice, int tile) {
        while (!ahead.isEmpty() && !isNext(slice, tile)) {
            drop();
        }
        if (ahead.isEmpty()) {
            next = schedule.indexOf(slice);
            nextTile = tile;
        }
        runAhead();
    }

    /** The last kernel that reads what was waited for is enqueued: what it frees is filled behind it. */
    void consumed(Part part) {
        streamedBytes.addAndGet(part.slice().bytes());
        if (part.slice().end() == ahead.getFirst().slice().end()) {
            drop();
            runAhead();
        }
    }

    private void runAhead() {
        while (!schedule.isEmpty()) {
            Slice slice = schedule.get(next).from(nextTile);
            CudaEvent free = null;
            long place = ring.take(slice.bytes());
            while (place < 0 && !used.isEmpty()) {
                free = giveBack(used.remove(), free);
                place = ring.take(slice.bytes());
            }
            if (free != null) {
                copies.waitFor(free);
                spareEvents.add(free);
            }
            if (place < 0) {
                return;
            }
            CudaEvent arrived = event();
            CudaEvent begin = times.workBegins(copies);
            host.copy(copies, slice.weights(), slice.firstTile(), slice.tiles(), memory, place);
            times.workEnds(begin, Lane.COPY, slice.linear().name(), copies);
            copies.record(arrived);
            ahead.add(new Streamed(slice, place, arrived, event()));
            advance();
        }
    }

    /** Kernels run in order: the last of the places that are given back is free last. */
    private CudaEvent giveBack(Streamed oldest, @Nullable CudaEvent before) {
        ring.release();
        spareEvents.add(oldest.arrived());
        if (before != null) {
            spareEvents.add(before);
        }
        return oldest.consumed();
    }

    /** No kernel will read it any more. Later copies to its place are behind its own, and wait for the kernels before. */
    private void drop() {
        Streamed oldest = ahead.remove();
        compute.record(oldest.consumed());
        used.add(oldest);
    }

    private CudaEvent event() {
        return spareEvents.isEmpty() ? device.event() : spareEvents.remove();
    }

    /** Called while no kernel runs. */
    @Override
    public void close() {
        copies.synchronize();
        memory.close();
        ahead.forEach(Streamed::close);
        used.forEach(Streamed::close);
        spareEvents.forEach(CudaEvent::close);
    }
}
