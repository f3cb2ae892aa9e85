package io.hetegen.operator;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.core.io.InputStatus;

/** Numbers from 0, and a test tells when the input of each but the first subtask ends. */
final class EndingSource extends NumberSequenceSource implements AutoCloseable {

    private static final long serialVersionUID = 1L;
    private static final Map<UUID, Ends> ALL = new ConcurrentHashMap<>();

    private final UUID id = UUID.randomUUID();

    EndingSource(long count, int parallelism) {
        super(0, count - 1);
        ALL.put(
                id,
                new Ends(
                        new CompletableFuture<>(),
                        new CountDownLatch(1),
                        new CountDownLatch(parallelism),
                        new CountDownLatch(parallelism - 1)));
    }

    /** The first subtask is at its end. */
    void awaitFirstEnd() throws InterruptedException {
        ends().first.await();
    }

    /** All others were part of a checkpoint while they were before their end. */
    void awaitSnapshotsBeforeEnd() throws InterruptedException {
        ends().snapshots.await();
    }

    /** Ends all others. */
    void end() throws InterruptedException {
        ends().gate.complete(null);
        ends().all.await();
    }

    @Override
    public SourceReader<Long, NumberSequenceSplit> createReader(SourceReaderContext context) {
        return new Reader(super.createReader(context), context.getIndexOfSubtask() == 0, ends());
    }

    private Ends ends() {
        return Objects.requireNonNull(ALL.get(id));
    }

    @Override
    public void close() {
        ALL.remove(id);
    }

    private record Ends(
            CompletableFuture<Void> gate, CountDownLatch first, CountDownLatch all, CountDownLatch snapshots) {}

    private static final class Reader implements SourceReader<Long, NumberSequenceSplit> {

        private final SourceReader<Long, NumberSequenceSplit> numbers;
        private final boolean isFirst;
        private final Ends ends;
        private boolean held;

        Reader(SourceReader<Long, NumberSequenceSplit> numbers, boolean isFirst, Ends ends) {
            this.numbers = numbers;
            this.isFirst = isFirst;
            this.ends = ends;
        }

        @Override
        public InputStatus pollNext(ReaderOutput<Long> output) throws Exception {
            InputStatus status = numbers.pollNext(output);
            held = status == InputStatus.END_OF_INPUT && !isFirst && !ends.gate.isDone();
            if (held) {
                return InputStatus.NOTHING_AVAILABLE;
            }
            if (status == InputStatus.END_OF_INPUT) {
                // Whatever comes after this, a checkpoint too, finds the subtask at its end.
                ends.all.countDown();
                if (isFirst) {
                    ends.first.countDown();
                }
            }
            return status;
        }

        @Override
        public CompletableFuture<Void> isAvailable() {
            return held ? ends.gate : numbers.isAvailable();
        }

        @Override
        public List<NumberSequenceSplit> snapshotState(long checkpointId) {
            if (!isFirst && !ends.gate.isDone()) {
                ends.snapshots.countDown();
            }
            return numbers.snapshotState(checkpointId);
        }

        @Override
        public void start() {
            numbers.start();
        }

        @Override
        public void addSplits(List<NumberSequenceSplit> splits) {
            numbers.addSplits(splits);
        }

        @Override
        public void notifyNoMoreSplits() {
            numbers.notifyNoMoreSplits();
        }

        @Override
        public void close() throws Exception {
            numbers.close();
        }
    }
}
