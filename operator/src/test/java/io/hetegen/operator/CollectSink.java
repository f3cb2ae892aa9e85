package io.hetegen.operator;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Shows a test what a job in this JVM writes, every attempt included. */
final class CollectSink<T> implements Sink<T>, AutoCloseable {

    private static final long serialVersionUID = 1L;
    private static final Map<UUID, Queue<Object>> ALL = new ConcurrentHashMap<>();

    private final UUID id = UUID.randomUUID();

    CollectSink() {
        ALL.put(id, new ConcurrentLinkedQueue<>());
    }

    @SuppressWarnings("unchecked") // Only a writer of this sink adds to the queue.
    List<T> values() {
        return (List<T>) List.copyOf(Objects.requireNonNull(ALL.get(id)));
    }

    /** Waits until there are so many. */
    void await(int number) throws InterruptedException {
        Queue<Object> queue = Objects.requireNonNull(ALL.get(id));
        synchronized (queue) {
            while (queue.size() < number) {
                queue.wait();
            }
        }
    }

    @Override
    public SinkWriter<T> createWriter(WriterInitContext context) {
        Queue<Object> queue = Objects.requireNonNull(ALL.get(id));
        return new SinkWriter<>() {
            @Override
            public void write(T element, Context context) {
                synchronized (queue) {
                    queue.add(element);
                    queue.notifyAll();
                }
            }

            @Override
            public void flush(boolean endOfInput) {}

            @Override
            public void close() {}
        };
    }

    @Override
    public void close() {
        ALL.remove(id);
    }
}
