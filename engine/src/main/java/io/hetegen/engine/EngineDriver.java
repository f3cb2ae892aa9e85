package io.hetegen.engine;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that calls {@link Engine#step}: runs while there is work and parks when there is none.
 *
 * <p>What escapes from a step is fatal: it is logged once, the engine is closed, so that every sequence ends with
 * {@link SequenceListener#onFailed} and further submissions are refused, and the thread ends.
 */
public final class EngineDriver implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EngineDriver.class);

    private final Engine engine;
    private final Thread thread;
    private volatile boolean woken;
    private volatile boolean closed;
    private volatile @Nullable Throwable failure;

    /** Starts the thread. */
    public EngineDriver(Engine engine) {
        this.engine = engine;
        String name = "hetegen-driver-" + engine.model().name();
        // No inherited thread locals and the engine's own class loader: the thread may outlive the job that asked for
        // it.
        thread = new Thread(null, this::run, name, 0, false);
        thread.setContextClassLoader(EngineDriver.class.getClassLoader());
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            while (!closed) {
                // Before the step, which empties the inbox: a submission after that sets it again.
                woken = false;
                if (!engine.step()) {
                    awaitWork();
                }
            }
        } catch (RuntimeException | Error e) {
            failure = e;
            LOG.error(
                    "Engine for {} stops, its sequences fail: {}",
                    engine.model().name(),
                    e,
                    e);
            engine.close();
        }
    }

    private void awaitWork() {
        while (!woken && !closed) {
            LockSupport.park(this);
            // An interrupt is no way to end this thread, and parking would not block with the flag set.
            Thread.interrupted();
        }
    }

    /** Wakes the thread after a submission. */
    public void wake() {
        woken = true;
        LockSupport.unpark(thread);
    }

    /** What ended the thread before {@link #close}, if anything did. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    /** Ends the thread after the running step and waits for it; the engine stays open unless a step had failed. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive() && Thread.currentThread() != thread) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
