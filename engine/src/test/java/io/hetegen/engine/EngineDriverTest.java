package io.hetegen.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class EngineDriverTest {

    private static final GenerationRequest REQUEST = GenerationRequest.greedy(new PromptInput.Ids(List.of(1)), 1);

    private final ScriptedEngine engine = new ScriptedEngine();

    @Test
    void parksWhenIdleAndWakesForWork() throws Exception {
        try (EngineDriver driver = new EngineDriver(engine)) {
            for (int round = 0; round < 200; round++) {
                Finish finish = new Finish();
                engine.submit(REQUEST, finish);
                driver.wake();
                assertThat(finish.text.get(10, TimeUnit.SECONDS)).isEqualTo("done");
            }
            Thread thread = stepper();
            awaitState(thread, Thread.State.WAITING);
            int steps = engine.steps.availablePermits();
            // An interrupt neither ends the thread nor makes it spin.
            thread.interrupt();
            while (thread.isInterrupted()) {
                Thread.onSpinWait();
            }
            awaitState(thread, Thread.State.WAITING);
            assertThat(engine.steps.availablePermits()).isEqualTo(steps);
            assertThat(steps).isLessThanOrEqualTo(401);
        }
        assertThat(stepper().isAlive()).isFalse();
        assertThat(engine.closed.getCount()).isEqualTo(1);
    }

    /** The work arrives after the step has looked for it, and before the thread parks. */
    @Test
    void aSubmissionDuringTheLastStepIsNotLost() throws Exception {
        CountDownLatch looked = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        engine.finishes = false;
        engine.onStep = () -> {
            looked.countDown();
            await(goOn);
        };
        try (EngineDriver driver = new EngineDriver(engine)) {
            await(looked);
            engine.steps.acquire();
            Finish finish = new Finish();
            engine.submit(REQUEST, finish);
            driver.wake();
            goOn.countDown();
            engine.steps.acquire();
            engine.finishes = true;
            driver.wake();
            assertThat(finish.text.get(10, TimeUnit.SECONDS)).isEqualTo("done");
        }
    }

    @Test
    void itsThreadIsNamedAfterTheModelAndBelongsToTheEngine() throws Exception {
        ClassLoader foreign = new ClassLoader(null) {};
        Thread.currentThread().setContextClassLoader(foreign);
        try (EngineDriver driver = new EngineDriver(engine)) {
            engine.steps.acquire();
            assertThat(stepper().getName()).isEqualTo("hetegen-driver-scripted");
            assertThat(stepper().getContextClassLoader()).isSameAs(EngineDriver.class.getClassLoader());
            assertThat(stepper().isDaemon()).isTrue();
            assertThat(driver.failure()).isNull();
        } finally {
            Thread.currentThread().setContextClassLoader(EngineDriverTest.class.getClassLoader());
        }
    }

    @Test
    void whatEscapesAStepClosesTheEngineAndEndsTheThread() throws Exception {
        engine.onStep = () -> {
            throw new NoClassDefFoundError("gone");
        };
        EngineDriver driver = new EngineDriver(engine);
        await(engine.closed);
        stepper().join();
        assertThat(driver.failure()).hasMessage("gone");
        assertThat(engine.steps.availablePermits()).isEqualTo(1);
        driver.wake();
        driver.close();
    }

    private Thread stepper() {
        return Objects.requireNonNull(engine.stepper);
    }

    private static void awaitState(Thread thread, Thread.State state) {
        while (thread.getState() != state) {
            Thread.onSpinWait();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static final class Finish implements SequenceListener {
        private final CompletableFuture<String> text = new CompletableFuture<>();

        @Override
        public void onFinished(GenerationResult result) {
            text.complete(result.text());
        }

        @Override
        public void onFailed(GenerationException failure) {
            text.completeExceptionally(failure);
        }
    }
}
