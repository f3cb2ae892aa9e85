package io.hetegen.engine.linear;

import java.util.ArrayDeque;
import java.util.Deque;

/** Places of a buffer that are given out and given back in one order. A place never wraps around the buffer's end. */
final class Ring {

    private final long bytes;
    private final Deque<Place> places = new ArrayDeque<>();

    private record Place(long start, long end) {}

    Ring(long bytes) {
        this.bytes = bytes;
    }

    /** Takes a place, and returns where it starts; -1 if there is none before the oldest is given back. */
    long take(long size) {
        if (size > bytes) {
            throw new IllegalArgumentException(size + " bytes never fit a ring of " + bytes);
        }
        long start = next(size);
        if (start >= 0) {
            places.add(new Place(start, start + size));
        }
        return start;
    }

    private long next(long size) {
        if (places.isEmpty()) {
            return 0;
        }
        long head = places.getLast().end();
        long tail = places.getFirst().start();
        if (head <= tail) {
            return head + size <= tail ? head : -1;
        }
        if (head + size <= bytes) {
            return head;
        }
        return size <= tail ? 0 : -1;
    }

    /** Gives back the place that was taken first. */
    void release() {
        places.remove();
    }
}
