package io.hetegen.engine;

import java.io.IOException;
import java.nio.file.Path;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens, shares and closes engines. One thread of its own opens and closes them, one after the other, so that two
 * copies of one model's weights never exist; it ends when there is nothing left to open or close.
 */
final class SharedEngines {

    private static final Logger LOG = LoggerFactory.getLogger(SharedEngines.class);
    private static final long IDLE_MILLIS = 100;

    private final Function<EngineOptions, Engine> opener;
    private final Map<EngineOptions, Shared> engines = new HashMap<>();
    private final ScheduledThreadPoolExecutor worker;

    SharedEngines(Function<EngineOptions, Engine> opener) {
        this.opener = opener;
        worker = new ScheduledThreadPoolExecutor(1, SharedEngines::detachedThread);
        worker.setKeepAliveTime(IDLE_MILLIS, TimeUnit.MILLISECONDS);
        worker.allowCoreThreadTimeOut(true);
        worker.setRemoveOnCancelPolicy(true);
    }

    /** An engine and who uses it; guarded by the registry's lock, but for the future. */
    private static final class Shared {
        private final CompletableFuture<Running> opening = new CompletableFuture<>();
        private int leases;
        private @Nullable Future<?> closing;

        boolean broken() {
            return opening.isDone()
                    && !opening.isCompletedExceptionally()
                    && opening.join().driver().failure() != null;
        }
    }

    private record Running(Engine engine, EngineDriver driver) {}

    EngineLease acquire(EngineOptions options, Duration linger) throws InterruptedException {
        EngineOptions key = options.withModel(realPath(options.model()));
        Shared shared = claim(key);
        boolean leased = false;
        try {
            Running running = shared.opening.get();
            EngineLease lease =
                    new SharedEngineLease(running.engine(), running.driver(), () -> release(key, shared, linger));
            leased = true;
            return lease;
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            // A new exception for each of the waiters: each has its own stack.
            throw new ModelException(
                    cause instanceof HeteGenException
                            ? String.valueOf(cause.getMessage())
                            : options.model() + " cannot be opened: " + cause,
                    cause);
        } finally {
            if (!leased) {
                release(key, shared, linger);
            }
        }
    }

    private synchronized Shared claim(EngineOptions key) {
        Shared shared = engines.get(key);
        if (shared == null || shared.broken()) {
            shared = new Shared();
            engines.put(key, shared);
            Shared opened = shared;
            worker.execute(() -> open(key, opened));
        }
        shared.leases++;
        if (shared.closing != null) {
            shared.closing.cancel(false);
            shared.closing = null;
        }
        return shared;
    }

    private void open(EngineOptions key, Shared shared) {
        try {
            Engine engine = opener.apply(key);
            shared.opening.complete(new Running(engine, new EngineDriver(engine)));
        } catch (RuntimeException | Error e) {
            // Forgotten before the waiters hear of it: the next to ask tries again.
            synchronized (this) {
                engines.remove(key, shared);
            }
            shared.opening.completeExceptionally(e);
        }
    }

    private synchronized void release(EngineOptions key, Shared shared, Duration linger) {
        shared.leases--;
        if (shared.leases == 0 && !shared.opening.isCompletedExceptionally()) {
            long delay = shared.broken() ? 0 : linger.toNanos();
            shared.closing = worker.schedule(() -> close(key, shared), delay, TimeUnit.NANOSECONDS);
        }
    }

    private void close(EngineOptions key, Shared shared) {
        synchronized (this) {
            if (shared.leases > 0) {
                return;
            }
            engines.remove(key, shared);
        }
        if (shared.opening.isCompletedExceptionally()) {
            return;
        }
        // Opened earlier on this very thread, so this never waits.
        Running running = shared.opening.join();
        running.driver().close();
        try {
            running.engine().close();
        } catch (RuntimeException | Error e) {
            LOG.error("Engine for {} did not close cleanly: {}", key.model(), e, e);
        }
    }

    private static Path realPath(Path model) {
        try {
            return model.toRealPath();
        } catch (IOException e) {
            // Opening it will say what is wrong.
            return model.toAbsolutePath().normalize();
        }
    }

    /**
     * A thread that keeps nothing of its creator, who may be a job that ends long before it: neither context class
     * loader nor thread locals nor, up to Java 23, the protection domains of the classes on the creator's stack.
     */
    @SuppressWarnings("removal")
    private static Thread detachedThread(Runnable work) {
        return AccessController.doPrivileged((PrivilegedAction<Thread>) () -> {
            Thread thread = new Thread(null, work, "hetegen-engines", 0, false);
            thread.setContextClassLoader(SharedEngines.class.getClassLoader());
            thread.setDaemon(true);
            return thread;
        });
    }
}
