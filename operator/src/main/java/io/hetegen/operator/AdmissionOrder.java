package io.hetegen.operator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Which records are in flight, in which order they may start (as admitted) and leave (as admitted within their key).
 * Holds no payload: that is in keyed state. Used by the task's thread; metrics read the sizes.
 */
final class AdmissionOrder {

    /** What a record costs beside its bytes, so that many empty ones are bounded too. */
    private static final int OVERHEAD_BYTES = 256;

    private final Map<String, ArrayDeque<Entry>> byKey = new HashMap<>();
    private final ArrayDeque<Entry> waiting = new ArrayDeque<>();
    private long nextAdmission;
    private volatile int held;
    private volatile long idleBytes;

    /** One record. {@code admission} grows within a key; across keys only until the job is rescaled. */
    static final class Entry {
        final String key;
        final long admission;
        final @Nullable Long timestamp;
        private final long bytes;
        private boolean complete;

        private Entry(String key, long admission, InFlight inFlight) {
            this.key = key;
            this.admission = admission;
            this.timestamp = inFlight.timestamp();
            this.bytes = bytes(inFlight.envelope());
        }
    }

    /** Takes in a new record, which waits. */
    Entry admit(String key, InFlight inFlight) {
        Entry entry = new Entry(key, nextAdmission++, inFlight);
        byKey.computeIfAbsent(key, absent -> new ArrayDeque<>()).add(entry);
        waiting.add(entry);
        addIdle(entry.bytes);
        return entry;
    }

    /** Collects records from state, in any order, and puts them in order at the end. */
    final class Restore {
        private final List<Entry> unstarted = new ArrayList<>();
        private final List<Entry> started = new ArrayList<>();
        private final List<Entry> complete = new ArrayList<>();

        Entry add(String key, long admission, InFlight inFlight) {
            Entry entry = new Entry(key, admission, inFlight);
            entry.complete = inFlight.progress() instanceof InFlight.Complete;
            boolean generating = inFlight.progress() instanceof InFlight.Generating;
            (entry.complete ? complete : generating ? started : unstarted).add(entry);
            return entry;
        }

        /** @return the keys whose oldest record is complete */
        List<String> finish() {
            Comparator<Entry> byAdmission =
                    Comparator.<Entry>comparingLong(entry -> entry.admission).thenComparing(entry -> entry.key);
            started.sort(byAdmission);
            unstarted.sort(byAdmission);
            // Those that were generating go first: others were admitted after them, or by another subtask.
            waiting.addAll(started);
            waiting.addAll(unstarted);
            List<Entry> all = new ArrayList<>(waiting);
            all.addAll(complete);
            all.sort(byAdmission);
            for (Entry entry : all) {
                byKey.computeIfAbsent(entry.key, absent -> new ArrayDeque<>()).add(entry);
                nextAdmission = Math.max(nextAdmission, entry.admission + 1);
                addIdle(entry.bytes);
            }
            held += complete.size();
            return byKey.entrySet().stream()
                    .filter(queue -> queue.getValue().element().complete)
                    .map(Map.Entry::getKey)
                    .sorted()
                    .toList();
        }
    }

    /** The next record to start, which then counts as started; null if none waits. */
    @Nullable
    Entry pollWaiting() {
        Entry entry = waiting.poll();
        if (entry != null) {
            addIdle(-entry.bytes);
        }
        return entry;
    }

    boolean isOldestOfKey(Entry entry) {
        Queue<Entry> queue = byKey.get(entry.key);
        return queue != null && queue.peek() == entry;
    }

    /** Marks a started record as complete and waiting for the earlier ones of its key. */
    void hold(Entry entry) {
        entry.complete = true;
        held++;
        addIdle(entry.bytes);
    }

    /** Takes out the oldest record of a key: one that was started and never held, or a held one. */
    void remove(Entry oldest) {
        ArrayDeque<Entry> queue = byKey.get(oldest.key);
        if (queue == null || queue.poll() != oldest) {
            throw new IllegalStateException("record " + oldest.admission + " of " + oldest.key + " is not the oldest");
        }
        if (queue.isEmpty()) {
            byKey.remove(oldest.key);
        }
        if (oldest.complete) {
            held--;
            addIdle(-oldest.bytes);
        }
    }

    /** The oldest record of the key if it is held, that is, if it may leave now. */
    @Nullable
    Entry releasable(String key) {
        Queue<Entry> queue = byKey.get(key);
        Entry oldest = queue == null ? null : queue.peek();
        return oldest != null && oldest.complete ? oldest : null;
    }

    boolean isEmpty() {
        return byKey.isEmpty();
    }

    int waitingRecords() {
        return waiting.size();
    }

    /** Complete records that wait for the earlier ones of their key. */
    int heldRecords() {
        return held;
    }

    /** Bytes of all records that wait or are held. */
    long idleBytes() {
        return idleBytes;
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField") // One writer; volatile for the readers of metrics.
    private void addIdle(long bytes) {
        idleBytes += bytes;
    }

    private static long bytes(Envelope envelope) {
        long bytes = OVERHEAD_BYTES + length(envelope.key()) + length(envelope.value());
        for (Envelope.Header header : envelope.headers()) {
            bytes += header.name().length() + length(header.value());
        }
        return bytes;
    }

    private static long length(byte @Nullable [] bytes) {
        return bytes == null ? 0 : bytes.length;
    }
}
