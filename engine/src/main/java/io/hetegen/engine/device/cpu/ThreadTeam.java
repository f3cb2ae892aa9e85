package io.hetegen.engine.device.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of threads that run the tasks of one job at a time; the caller is one of them. Idle threads spin
 * briefly, then park. The threads are daemons and hold on to no class loader but the engine's own.
 */
public final class ThreadTeam implements AutoCloseable {

    private static final int SPINS = 5_000;

    private final List<Thread> workers = new ArrayList<>();
    private volatile @Nullable Job job;
    private final AtomicBoolean running = new AtomicBoolean();
    private volatile boolean closed;

    /** @param size threads in all, the caller of {@link #run} included; at least 1 */
    public ThreadTeam(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("a thread team needs at least 1 thread, not " + size);
        }
        for (int i = 1; i < size; i++) {
            int worker = i;
            Thread thread = new Thread(null, () -> work(worker), "hetegen-cpu-" + i, 0, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(ThreadTeam.class.getClassLoader());
            workers.add(thread);
        }
        workers.forEach(Thread::start);
    }

    /** One task of a job; {@code worker} is below {@link #size()} and differs between threads that run at once. */
    @FunctionalInterface
    public interface Body {
        void run(int task, int worker);
    }

    public int size() {
        return workers.size() + 1;
    }

    /**
     * Runs tasks 0 to {@code tasks - 1}, handed out in order, and waits for all. The first exception is thrown here
     * after every running task has ended; tasks not yet begun are left out then.
     *
     * @throws IllegalStateException if the team is closed or runs a job already
     */
    public void run(int tasks, Body body) {
        if (tasks < 1) {
            return;
        }
        if (!running.compareAndSet(false, true)) {
            throw new IllegalStateException("the thread team runs a job already: it has one driver and no nested jobs");
        }
        try {
            runAlone(tasks, body);
        } finally {
            running.set(false);
        }
    }

    private void runAlone(int tasks, Body body) {
        if (closed) {
            throw new IllegalStateException("the thread team is closed");
        }
        Job next = new Job(tasks, body, Thread.currentThread());
        job = next;
        if (tasks > 1) {
            workers.forEach(LockSupport::unpark);
        }
        next.work(0);
        next.await();
        job = null;
        next.rethrow();
    }

    /** Ends the threads and waits for them; a running job is finished first. */
    @Override
    public void close() {
        closed = true;
        workers.forEach(LockSupport::unpark);
        boolean interrupted = false;
        for (Thread worker : workers) {
            while (worker.isAlive()) {
                try {
                    worker.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void work(int worker) {
        Job last = null;
        int idle = 0;
        while (!closed) {
            Job current = job;
            if (current != null && current != last) {
                current.work(worker);
                last = current;
                idle = 0;
            } else if (idle++ < SPINS) {
                Thread.onSpinWait();
            } else {
                last = null;
                LockSupport.park(this);
            }
        }
    }

    private static final class Job {
        private final int tasks;
        private final Body body;
        private final Thread caller;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger left;
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        Job(int tasks, Body body, Thread caller) {
            this.tasks = tasks;
            this.body = body;
            this.caller = caller;
            this.left = new AtomicInteger(tasks);
        }

        void work(int worker) {
            for (int task = next.getAndIncrement(); task < tasks; task = next.getAndIncrement()) {
                if (failure.get() == null) {
                    runTask(task, worker);
                }
                if (left.decrementAndGet() == 0 && Thread.currentThread() != caller) {
                    LockSupport.unpark(caller);
                }
            }
        }

        private void runTask(int task, int worker) {
            try {
                body.run(task, worker);
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
        }

        void await() {
            int spins = 0;
            while (left.get() > 0) {
                if (spins++ < SPINS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
        }

        void rethrow() {
            Throwable e = failure.get();
            if (e instanceof Error error) {
                throw error;
            }
            if (e instanceof RuntimeException exception) {
                throw exception;
            }
        }
    }
}
