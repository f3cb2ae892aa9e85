package io.hetegen.operator;

import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;

/** Passes everything on and keeps a job's checkpoints from completing until it is told to let them. */
final class HeldSnapshots<T> implements MapFunction<T, T>, CheckpointedFunction, AutoCloseable {

    private static final long serialVersionUID = 1L;
    private static final Map<UUID, CountDownLatch> ALL = new ConcurrentHashMap<>();

    private final UUID id = UUID.randomUUID();

    HeldSnapshots() {
        ALL.put(id, new CountDownLatch(1));
    }

    void release() {
        Objects.requireNonNull(ALL.get(id)).countDown();
    }

    @Override
    public T map(T value) {
        return value;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) {}

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws InterruptedException {
        Objects.requireNonNull(ALL.get(id)).await();
    }

    @Override
    public void close() {
        ALL.remove(id);
    }
}
