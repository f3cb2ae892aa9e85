package io.hetegen.operator;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.util.function.ThrowingConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way from the engine's thread into the task's mailbox: events queue up, and one mail takes all that are there.
 * Once closed it refers to nothing of the subtask any more, whoever still holds it.
 */
final class EngineEvents implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EngineEvents.class);

    private final Queue<EngineEvent> queue = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean mailed = new AtomicBoolean();
    private volatile @Nullable Receiver receiver;

    private record Receiver(MailboxExecutor mailbox, ThrowingConsumer<EngineEvent, Exception> consumer) {}

    EngineEvents(MailboxExecutor mailbox, ThrowingConsumer<EngineEvent, Exception> consumer) {
        this.receiver = new Receiver(mailbox, consumer);
    }

    /** Called by the engine's thread; never blocks on the task. */
    void add(EngineEvent event) {
        Receiver current = receiver;
        if (current == null) {
            return;
        }
        queue.add(event);
        if (mailed.compareAndSet(false, true)) {
            try {
                current.mailbox.execute(this::drain, "results of the engine");
            } catch (RejectedExecutionException taskIsEnding) {
                LOG.debug("The task has ended; its records are replayed from its last checkpoint.", taskIsEnding);
            }
        }
    }

    private void drain() throws Exception {
        // Before the queue is read: what comes later than the last poll sends a mail of its own.
        mailed.set(false);
        Receiver current = receiver;
        EngineEvent event;
        while (current != null && (event = queue.poll()) != null) {
            current.consumer.accept(event);
        }
    }

    @Override
    public void close() {
        receiver = null;
        queue.clear();
    }
}
