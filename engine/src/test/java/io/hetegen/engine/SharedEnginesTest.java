package io.hetegen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SharedEnginesTest {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final GenerationRequest REQUEST = GenerationRequest.greedy(new PromptInput.Ids(List.of(1)), 1);

    @TempDir
    private Path folder;

    private final List<ScriptedEngine> opened = new CopyOnWriteArrayList<>();
    private final SharedEngines engines = new SharedEngines(options -> open());

    private ScriptedEngine open() {
        ScriptedEngine engine = new ScriptedEngine();
        engine.finishes = false;
        opened.add(engine);
        return engine;
    }

    @AfterEach
    void noThreadIsLeft() throws Exception {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().matches("hetegen-(engines|driver-scripted)")) {
                thread.join(20_000);
                assertThat(thread.isAlive()).as(thread.getName()).isFalse();
            }
        }
    }

    @Test
    void equalOptionsShareOneEngineUntilTheLastLeaseIsClosed() throws Exception {
        Path model = Files.createFile(folder.resolve("model.gguf"));
        Path link = Files.createSymbolicLink(folder.resolve("link.gguf"), model);
        EngineLease one = engines.acquire(EngineOptions.of(model), Duration.ZERO);
        EngineLease two = engines.acquire(EngineOptions.of(link), Duration.ZERO);
        EngineLease other = engines.acquire(EngineOptions.of(model).withMaxSequences(1), Duration.ZERO);
        assertThat(opened).hasSize(2);
        one.close();
        one.close();
        assertThat(opened.get(0).closed.getCount()).isEqualTo(1);
        two.close();
        await(opened.get(0).closed);
        assertThat(opened.get(1).closed.getCount()).isEqualTo(1);
        other.close();
        await(opened.get(1).closed);
    }

    @Test
    void lingersForTheNextLease() throws Exception {
        EngineOptions options = EngineOptions.of(folder.resolve("absent.gguf"));
        engines.acquire(options, HOUR).close();
        EngineLease again = engines.acquire(options, Duration.ZERO);
        assertThat(opened).hasSize(1);
        again.close();
        await(opened.get(0).closed);
        engines.acquire(options, Duration.ZERO).close();
        assertThat(opened).hasSize(2);
        await(opened.get(1).closed);
    }

    @Test
    void oneOpensWhileManyWait() throws Exception {
        CountDownLatch mayOpen = new CountDownLatch(1);
        AtomicInteger openings = new AtomicInteger();
        SharedEngines slow = new SharedEngines(options -> {
            openings.incrementAndGet();
            await(mayOpen);
            return open();
        });
        List<CompletableFuture<EngineLease>> leases = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            leases.add(inThread(() -> slow.acquire(EngineOptions.of(folder), Duration.ZERO)));
        }
        mayOpen.countDown();
        for (CompletableFuture<EngineLease> lease : leases) {
            lease.get(10, TimeUnit.SECONDS).close();
        }
        assertThat(openings).hasValueBetween(1, 5);
        assertThat(opened).allSatisfy(engine -> await(engine.closed));
    }

    @Test
    void aFailureReachesEveryWaiterAndIsNotRemembered() throws Exception {
        CountDownLatch mayFail = new CountDownLatch(1);
        AtomicInteger openings = new AtomicInteger();
        SharedEngines failing = new SharedEngines(options -> {
            if (openings.incrementAndGet() == 1) {
                await(mayFail);
                throw new ModelException("no such model");
            }
            if (openings.get() == 2) {
                throw new OutOfMemoryError("too large");
            }
            return open();
        });
        EngineOptions options = EngineOptions.of(folder);
        List<Thread> waiters = new CopyOnWriteArrayList<>();
        List<CompletableFuture<EngineLease>> leases = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            leases.add(inThread(() -> {
                waiters.add(Thread.currentThread());
                return failing.acquire(options, HOUR);
            }));
        }
        awaitAllWaiting(waiters, 3);
        mayFail.countDown();
        for (CompletableFuture<EngineLease> lease : leases) {
            assertThatThrownBy(() -> lease.get(10, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(ModelException.class)
                    .hasMessageContaining("no such model");
        }
        assertThatThrownBy(() -> failing.acquire(options, HOUR))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("cannot be opened: java.lang.OutOfMemoryError: too large");
        failing.acquire(options, Duration.ZERO).close();
        await(opened.get(0).closed);
    }

    @Test
    void aWaiterMayBeInterruptedAndTheEngineIsClosedAllTheSame() throws Exception {
        CountDownLatch mayOpen = new CountDownLatch(1);
        SharedEngines slow = new SharedEngines(options -> {
            await(mayOpen);
            return open();
        });
        List<Thread> waiters = new CopyOnWriteArrayList<>();
        CompletableFuture<EngineLease> lease = inThread(() -> {
            waiters.add(Thread.currentThread());
            return slow.acquire(EngineOptions.of(folder), Duration.ZERO);
        });
        awaitAllWaiting(waiters, 1);
        waiters.get(0).interrupt();
        assertThatThrownBy(() -> lease.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(InterruptedException.class);
        assertThat(opened).isEmpty();
        mayOpen.countDown();
        while (opened.isEmpty()) {
            Thread.onSpinWait();
        }
        await(opened.get(0).closed);
    }

    @Test
    void aLeaseStepsAndClosesNothingAndCancelsItsOwnOnly() throws Exception {
        EngineOptions options = EngineOptions.of(folder);
        EngineLease mine = engines.acquire(options, Duration.ZERO);
        EngineLease theirs = engines.acquire(options, Duration.ZERO);
        assertThatThrownBy(() -> mine.engine().step()).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> mine.engine().close()).isInstanceOf(UnsupportedOperationException.class);
        mine.engine().submit(REQUEST, new Silent());
        theirs.engine().submit(REQUEST, new Silent());
        mine.engine().resume(new SequenceSnapshot("f00d", 1, Numerics.REPRODUCIBLE, REQUEST, List.of()), new Silent());
        mine.close();
        assertThat(opened.get(0).submitted)
                .extracting(sequence -> sequence.cancelled)
                .containsExactly(true, false, true);
        assertThatThrownBy(() -> mine.engine().submit(REQUEST, new Silent())).isInstanceOf(IllegalStateException.class);
        theirs.close();
        await(opened.get(0).closed);
    }

    @Test
    void aSubmissionWakesTheDriver() throws Exception {
        EngineLease lease = engines.acquire(EngineOptions.of(folder), Duration.ZERO);
        ScriptedEngine engine = opened.get(0);
        engine.finishes = true;
        for (int i = 0; i < 50; i++) {
            CountDownLatch finished = new CountDownLatch(1);
            lease.engine().submit(REQUEST, new Silent() {
                @Override
                public void onFinished(GenerationResult result) {
                    finished.countDown();
                }
            });
            await(finished);
        }
        lease.close();
        assertThat(engine.submitted).noneMatch(sequence -> sequence.cancelled);
        await(engine.closed);
    }

    @Test
    void aBrokenEngineIsReplacedForTheNextLease() throws Exception {
        EngineOptions options = EngineOptions.of(folder);
        EngineLease broken = engines.acquire(options, HOUR);
        ScriptedEngine engine = opened.get(0);
        engine.onStep = () -> {
            throw new IllegalStateException("device lost");
        };
        broken.engine().submit(REQUEST, new Silent());
        await(engine.closed);
        EngineLease fresh = engines.acquire(options, Duration.ZERO);
        assertThat(opened).hasSize(2);
        engines.acquire(options, Duration.ZERO).close();
        assertThat(opened).hasSize(2);
        fresh.close();
        await(opened.get(1).closed);
        EngineLease last = engines.acquire(options, Duration.ZERO);
        broken.close();
        last.close();
        await(opened.get(2).closed);
    }

    /** What a Flink job is to the engine: classes of a loader of its own, which must go when the job is gone. */
    @Test
    void nothingKeepsTheClassesOfAClosedLease() throws Exception {
        WeakReference<ClassLoader> gone = useAndForget();
        for (int i = 0; i < 100 && gone.get() != null; i++) {
            System.gc();
            System.runFinalization();
        }
        assertThat(gone.get()).isNull();
        // The engine lingered all the while.
        assertThat(opened)
                .singleElement()
                .satisfies(engine -> assertThat(engine.closed.getCount()).isEqualTo(1));
        engines.acquire(EngineOptions.of(folder), Duration.ZERO).close();
        await(opened.get(0).closed);
    }

    private WeakReference<ClassLoader> useAndForget() throws Exception {
        URL classes =
                SharedEnginesTest.class.getProtectionDomain().getCodeSource().getLocation();
        URLClassLoader loader = new URLClassLoader(new URL[] {classes}, SharedEnginesTest.class.getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                return name.equals(Job.class.getName()) ? define(this, name) : super.loadClass(name, resolve);
            }

            private Class<?> define(ClassLoader parent, String name) {
                try (InputStream in = parent.getResourceAsStream(name.replace('.', '/') + ".class")) {
                    byte[] bytes = in.readAllBytes();
                    // A protection domain of this loader, as those of jobs have: a thread's context may keep it.
                    ProtectionDomain domain =
                            new ProtectionDomain(Job.class.getProtectionDomain().getCodeSource(), null, this, null);
                    return defineClass(name, bytes, 0, bytes.length, domain);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
        Thread.currentThread().setContextClassLoader(loader);
        try {
            Class<?> job = loader.loadClass(Job.class.getName());
            assertThat(job).isNotSameAs(Job.class);
            @SuppressWarnings("unchecked")
            Consumer<Callable<EngineLease>> instance = (Consumer<Callable<EngineLease>>)
                    job.getDeclaredConstructor().newInstance();
            instance.accept(() -> engines.acquire(EngineOptions.of(folder), HOUR));
        } finally {
            Thread.currentThread().setContextClassLoader(SharedEnginesTest.class.getClassLoader());
        }
        return new WeakReference<>(loader);
    }

    /** Acquires, submits and closes with its own frames on the stack. */
    public static final class Job extends Silent implements Consumer<Callable<EngineLease>> {
        public Job() {}

        @Override
        public void accept(Callable<EngineLease> acquire) {
            try (EngineLease lease = acquire.call()) {
                lease.engine().submit(REQUEST_OF_JOB, this);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        private static final GenerationRequest REQUEST_OF_JOB =
                GenerationRequest.greedy(new PromptInput.Ids(List.of(1)), 1);
    }

    /** Public for the sake of {@link Job}, which lives in another run-time package. */
    public static class Silent implements SequenceListener {
        @Override
        public void onFinished(GenerationResult result) {}

        @Override
        public void onFailed(GenerationException failure) {}
    }

    private static CompletableFuture<EngineLease> inThread(Callable<EngineLease> work) {
        CompletableFuture<EngineLease> done = new CompletableFuture<>();
        new Thread(() -> {
                    try {
                        done.complete(work.call());
                    } catch (Exception e) {
                        done.completeExceptionally(e);
                    }
                })
                .start();
        return done;
    }

    private static void awaitAllWaiting(List<Thread> threads, int count) {
        while (threads.size() < count || !threads.stream().allMatch(t -> t.getState() == Thread.State.WAITING)) {
            Thread.onSpinWait();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
