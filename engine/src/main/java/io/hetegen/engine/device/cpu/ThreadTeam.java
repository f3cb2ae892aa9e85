package io.hetegen.engine.device.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed number of threads that run the tasks of one job at a time; the caller is one of them. Idle threads spin
 * briefly, then park. The threads are daemons and hold on to no class loader but the engine's own.
 */
public final class ThreadTeam implements AutoCloseable {

    /** Longer than the pause between two jobs of a forward pass, far shorter than one between requests. */
    private static final long SPIN_NANOS = 100_000;

    private final List<Worker> workers = new ArrayList<>();
    private final long spinNanos;
    private volatile @Nullable Job job;
    private volatile Idle idle = worker -> false;
    private final AtomicBoolean running = new AtomicBoolean();
    private volatile boolean closed;

    /** @param size threads in all, the caller of {@link #run} included; at least 1 */
    public ThreadTeam(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("a thread team needs at least 1 thread, not " + size);
        }
        // A thread that spins where threads outnumber processors keeps another one from its work.
        spinNanos = size <= Runtime.getRuntime().availableProcessors() ? SPIN_NANOS : 0;
        for (int i = 1; i < size; i++) {
            workers.add(new Worker(i));
        }
        workers.forEach(worker -> worker.thread.start());
    }

    /** One task of a job; {@code worker} is below {@link #size()} and differs between threads that run at once. */
    @FunctionalInterface
    public interface Body {
        void run(int task, int worker);
    }

    /** What a thread may do while it has no task. */
    @FunctionalInterface
    public interface Idle {
        /** A step of less than a microsecond, which nobody waits for; false if this worker has done all. */
        boolean step(int worker);
    }

    public int size() {
        return workers.size() + 1;
    }

    /** From now on threads that wait for the last tasks of a job, or spin until the next one, take steps of this. */
    public void whenIdle(Idle next) {
        idle = next;
    }

    /** The first of the tasks of a job that are a worker's share. */
    public int firstTask(int tasks, int worker) {
        return firstTask(tasks, worker, size());
    }

    private static int firstTask(int tasks, int share, int shares) {
        return (int) ((long) tasks * share / shares);
    }

    /**
     * Runs tasks 0 to {@code tasks - 1} and waits for all. Each thread has a share of consecutive tasks, the same for
     * every job of so many, and takes them in order; then it takes from the shares of the others, so that a slow thread
     * holds up no more than one task. The first exception is thrown here after every running task has ended; tasks not
     * yet begun are left out then.
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
        Job next = new Job(tasks, size(), body, Thread.currentThread());
        job = next;
        if (tasks > 1) {
            workers.forEach(Worker::wake);
        }
        next.work(0);
        next.await(spinNanos, idle);
        job = null;
        next.rethrow();
    }

    /** Ends the threads and waits for them; a running job is finished first. */
    @Override
    public void close() {
        closed = true;
        workers.forEach(Worker::wake);
        boolean interrupted = false;
        for (Worker worker : workers) {
            while (worker.thread.isAlive()) {
                try {
                    worker.thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Worker {
        private final int number;
        private final Thread thread;
        private volatile boolean parked;

        Worker(int number) {
            this.number = number;
            this.thread = new Thread(null, this::work, "hetegen-cpu-" + number, 0, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(ThreadTeam.class.getClassLoader());
        }

        /** To be called after what it shall see was written. */
        void wake() {
            if (parked) {
                LockSupport.unpark(thread);
            }
        }

        private void work() {
            Job last = null;
            long idleSince = System.nanoTime();
            while (!closed) {
                Job current = job;
                if (current != null && current != last) {
                    current.work(number);
                    last = current;
                    idleSince = System.nanoTime();
                } else if (System.nanoTime() - idleSince < spinNanos) {
                    if (!idle.step(number)) {
                        Thread.onSpinWait();
                    }
                } else {
                    park(last);
                    last = null;
                    // The job that woke it may be over; the next one is near.
                    idleSince = System.nanoTime();
                }
            }
        }

        private void park(@Nullable Job last) {
            parked = true;
            // A job or an end that came before the flag was seen wakes nobody: look once more.
            Job current = job;
            if (!closed && (current == null || current == last)) {
                LockSupport.park(ThreadTeam.this);
            }
            parked = false;
        }
    }

    private static final class Job {
        /** Elements between two shares' counters: two threads must not write to one cache line. */
        private static final int STRIDE = 32;

        private final int tasks;
        private final int shares;
        private final Body body;
        private final Thread caller;

        /** Next task of each share. */
        private final AtomicIntegerArray next;

        private final AtomicInteger left;
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        Job(int tasks, int shares, Body body, Thread caller) {
            this.tasks = tasks;
            this.shares = shares;
            this.body = body;
            this.caller = caller;
            this.left = new AtomicInteger(tasks);
            this.next = new AtomicIntegerArray(shares * STRIDE);
            for (int share = 0; share < shares; share++) {
                next.set(share * STRIDE, firstTask(tasks, share, shares));
            }
        }

        void work(int worker) {
            for (int i = 0; i < shares; i++) {
                int share = (worker + i) % shares;
                int end = firstTask(tasks, share + 1, shares);
                for (int task = take(share); task < end; task = take(share)) {
                    runTask(task, worker);
                }
            }
        }

        private int take(int share) {
            return next.getAndIncrement(share * STRIDE);
        }

        private void runTask(int task, int worker) {
            try {
                if (failure.get() == null) {
                    body.run(task, worker);
                }
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
            if (left.decrementAndGet() == 0 && Thread.currentThread() != caller) {
                LockSupport.unpark(caller);
            }
        }

        /** By the caller, the first worker. */
        void await(long spinNanos, Idle idle) {
            long start = System.nanoTime();
            while (left.get() > 0) {
                if (System.nanoTime() - start < spinNanos) {
                    if (!idle.step(0)) {
                        Thread.onSpinWait();
                    }
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
