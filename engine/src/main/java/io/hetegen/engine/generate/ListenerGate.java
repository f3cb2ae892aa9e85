package io.hetegen.engine.generate;

import io.hetegen.engine.SequenceListener;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets calls through to a listener until it is closed, and keeps no reference to it afterwards. The listener runs
 * without a lock; who closes from another thread waits for the call that is running.
 */
final class ListenerGate {

    private static final Logger LOG = LoggerFactory.getLogger(ListenerGate.class);

    private @Nullable SequenceListener listener;
    private @Nullable Thread caller;

    ListenerGate(SequenceListener listener) {
        this.listener = listener;
    }

    /** Calls the listener unless the gate is closed; what it throws is logged and closes the gate. */
    void call(Consumer<SequenceListener> call) {
        SequenceListener target;
        synchronized (this) {
            target = listener;
            if (target == null) {
                return;
            }
            caller = Thread.currentThread();
        }
        boolean returned = false;
        try {
            call.accept(target);
            returned = true;
        } catch (RuntimeException | Error e) {
            LOG.error("A listener threw, its sequence ends: {}", e, e);
        } finally {
            synchronized (this) {
                caller = null;
                if (!returned) {
                    listener = null;
                }
                notifyAll();
            }
        }
    }

    /** The last call. */
    void callAndClose(Consumer<SequenceListener> call) {
        call(call);
        close();
    }

    synchronized boolean isOpen() {
        return listener != null;
    }

    /** No call begins afterwards, and none is running but one that this thread is in. */
    synchronized void close() {
        listener = null;
        boolean interrupted = false;
        while (caller != null && caller != Thread.currentThread()) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
