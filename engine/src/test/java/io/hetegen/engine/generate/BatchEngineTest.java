package io.hetegen.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.EngineClosedException;
import io.hetegen.engine.EngineStats;
import io.hetegen.engine.FinishReason;
import io.hetegen.engine.GenerationException;
import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.GenerationResult;
import io.hetegen.engine.GpuStats;
import io.hetegen.engine.InvalidRequestException;
import io.hetegen.engine.Numerics;
import io.hetegen.engine.SamplingParameters;
import io.hetegen.engine.SequenceListener;
import io.hetegen.engine.SequenceSnapshot;
import io.hetegen.engine.SnapshotMismatchException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The scheduler on a toy model, whose logits depend on everything that a sequence has seen. */
class BatchEngineTest {

    private static final SamplingParameters SAMPLED = new SamplingParameters(1.0, 0, 1.0, 0.0, 1.0, 0.0, 0.0, 5);

    private final ToyModel lm = new ToyModel();

    @AfterEach
    void everyCacheWasClosed() {
        assertThat(lm.open).isEmpty();
    }

    @Test
    void aSequenceIsTheSameAloneAndInABatchOfFive() {
        List<GenerationRequest> requests = Engines.mixed(ToyTokenizer.SIZE, 30);
        List<GenerationResult> alone = requests.stream()
                .map(request -> Engines.alone(Engines.toy(lm, 1, 128), request).result())
                .toList();
        BatchEngine engine = Engines.toy(lm, 5, 16);
        List<Heard> heard = new ArrayList<>();
        for (GenerationRequest request : requests) {
            heard.add(Engines.submit(engine, request));
            engine.step();
            engine.step();
        }
        Engines.drain(engine);
        for (int i = 0; i < requests.size(); i++) {
            assertThat(Engines.essence(heard.get(i).result())).isEqualTo(Engines.essence(alone.get(i)));
            assertThat(heard.get(i).ids).isEqualTo(alone.get(i).ids());
            assertThat(heard.get(i).text()).isEqualTo(alone.get(i).text());
        }
        assertThat(lm.passes).anySatisfy(pass -> assertThat(pass).hasSize(5));
    }

    @Test
    void theSizeOfAPrefillChunkChangesNothing() {
        GenerationRequest request = Engines.request(SAMPLED, 30, List.of(), Engines.prompt(40, ToyTokenizer.SIZE, 3));
        GenerationResult whole = Engines.alone(Engines.toy(lm, 1, 128), request).result();
        for (int chunk : new int[] {1, 7, 39, 40}) {
            assertThat(Engines.essence(
                            Engines.alone(Engines.toy(lm, 1, chunk), request).result()))
                    .isEqualTo(Engines.essence(whole));
        }
        assertThat(lm.passes.subList(0, 2)).containsExactly(List.of(40), List.of(1));
    }

    @Test
    void resumedAtEveryTokenIsUninterrupted() {
        List<GenerationRequest> requests = new ArrayList<>(Engines.mixed(ToyTokenizer.SIZE, 25));
        requests.add(stopped(SAMPLED));
        for (GenerationRequest request : requests) {
            BatchEngine engine = Engines.toy(lm, 1, 128);
            Heard whole = new Heard();
            whole.sequence = engine.submit(request, whole);
            byte[] first = whole.sequence.snapshot().toBytes();
            Engines.drain(engine);
            whole.snapshots.add(0, first);
            for (int done = 0; done < whole.snapshots.size(); done++) {
                SequenceSnapshot snapshot = SequenceSnapshot.fromBytes(whole.snapshots.get(done));
                assertThat(snapshot.generatedIds()).isEqualTo(whole.ids.subList(0, done));
                BatchEngine other = Engines.toy(lm, 3, 7);
                Heard resumed = Engines.resume(other, snapshot);
                Engines.drain(other);
                assertThat(Engines.essence(resumed.result())).isEqualTo(Engines.essence(whole.result()));
                assertThat(resumed.ids).isEqualTo(whole.ids.subList(done, whole.ids.size()));
                assertThat(String.join("", whole.pieces.subList(0, done)) + resumed.text())
                        .isEqualTo(whole.result().text());
            }
        }
    }

    /** A request whose stop string begins in the middle of its answer. */
    private GenerationRequest stopped(SamplingParameters sampling) {
        List<Integer> prompt = Engines.prompt(9, ToyTokenizer.SIZE, 8);
        GenerationResult unstopped = Engines.alone(
                        Engines.toy(lm, 1, 128), Engines.request(sampling, 30, List.of(), prompt))
                .result();
        String stop = unstopped.text().substring(12, 16);
        GenerationRequest request = Engines.request(sampling, 30, List.of(stop, "never in it"), prompt);
        GenerationResult result =
                Engines.alone(Engines.toy(lm, 1, 128), request).result();
        assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(result.text())
                .isEqualTo(unstopped.text().substring(0, unstopped.text().indexOf(stop)));
        assertThat(unstopped.ids()).startsWith(result.ids().toArray(Integer[]::new));
        return request;
    }

    @Test
    void prefillTakesOneChunkOverAllSequencesAndDecodeIsNeverHeldUp() {
        BatchEngine engine = Engines.toy(lm, 3, 10);
        Engines.submit(engine, Engines.request(SAMPLED, 20, List.of(), List.of(4)));
        engine.step();
        Engines.submit(engine, Engines.request(SAMPLED, 3, List.of(), Engines.prompt(25, ToyTokenizer.SIZE, 1)));
        Engines.submit(engine, Engines.request(SAMPLED, 3, List.of(), Engines.prompt(8, ToyTokenizer.SIZE, 2)));
        for (int i = 0; i < 4; i++) {
            engine.step();
        }
        assertThat(lm.passes)
                .containsExactly(List.of(1), List.of(1, 10), List.of(1, 10), List.of(1, 5, 5), List.of(1, 1, 3));
        assertThat(engine.stats()).isEqualTo(new EngineStats(5, 33, 8, 3, 0, 1_000, 4 + 26 + 8 + 1, GpuStats.NONE));
        engine.close();
    }

    @Test
    void sequencesWaitInOrderForAPlace() {
        BatchEngine engine = Engines.toy(lm, 2, 128);
        List<Heard> heard = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            heard.add(Engines.submit(engine, Engines.request(SAMPLED, 2, List.of(), List.of(4 + i, 5))));
        }
        assertThat(engine.stats().waiting()).isEqualTo(5);
        assertThat(engine.step()).isTrue();
        assertThat(engine.stats())
                .extracting(EngineStats::active, EngineStats::waiting)
                .containsExactly(2, 3);
        assertThat(heard.get(1).ids).hasSize(1);
        assertThat(heard.get(2).ids).isEmpty();
        Engines.drain(engine);
        assertThat(heard).allSatisfy(each -> assertThat(each.end).isCompleted());
        assertThat(engine.step()).isFalse();
        assertThat(engine.stats().kvBytes()).isZero();
    }

    @Test
    void theContextLengthBoundsPromptAndAnswer() {
        BatchEngine engine = Engines.of(Engines.info(12), lm, new ToyTokenizer(false), 1, 128);
        lm.distort = logits -> logits[ToyTokenizer.END] = -100;
        Heard heard = Engines.alone(engine, Engines.request(SAMPLED, 100, List.of(), Engines.prompt(7, 20, 1)));
        assertThat(heard.ids).hasSize(5);
        assertThat(heard.result().finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThatThrownBy(
                        () -> Engines.submit(engine, Engines.request(SAMPLED, 1, List.of(), Engines.prompt(12, 20, 1))))
                .isInstanceOf(InvalidRequestException.class)
                .hasMessage(
                        "the prompt has 12 tokens, at most 11 leave room for an answer in the context of 12 tokens");
    }

    @Test
    void anEndTokenEndsTheAnswerAndIsInItsIdsOnly() {
        lm.distort = logits -> logits[ToyTokenizer.END] = lm.passes.size() == 3 ? 900 : -900;
        Heard heard = Engines.alone(
                Engines.toy(lm, 1, 128), Engines.request(SamplingParameters.GREEDY, 9, List.of(), List.of(4)));
        assertThat(heard.ids).hasSize(3).endsWith(ToyTokenizer.END);
        assertThat(heard.result().ids()).isEqualTo(heard.ids);
        assertThat(heard.result().finishReason()).isEqualTo(FinishReason.STOP);
        assertThat(heard.result().text()).isEqualTo(new ToyTokenizer(false).decode(heard.ids, true));
    }

    @Test
    void theLastTokenReleasesWhatWasHeldBack() {
        lm.distort = logits -> logits[ToyTokenizer.FIRST_HALF] = 900;
        Heard heard = Engines.alone(
                Engines.toy(lm, 1, 128), Engines.request(SamplingParameters.GREEDY, 1, List.of("\uFFFDx"), List.of(4)));
        assertThat(heard.pieces).containsExactly("\uFFFD");
        assertThat(heard.result().text()).isEqualTo("\uFFFD");
    }

    @Test
    void theEndOfABrokenCharacterMayCompleteAStopString() {
        int[] tokens = {4, ToyTokenizer.FIRST_HALF};
        lm.distort = logits -> logits[tokens[lm.passes.size() - 1]] = 900;
        Heard heard = Engines.alone(
                Engines.toy(lm, 1, 128), Engines.request(SamplingParameters.GREEDY, 2, List.of("a\uFFFD"), List.of(4)));
        assertThat(heard.ids).containsExactly(4, ToyTokenizer.FIRST_HALF);
        assertThat(heard.result().text()).isEmpty();
        assertThat(heard.result().finishReason()).isEqualTo(FinishReason.STOP);
    }

    /** The same logits at every position: what changes the greedy choice is the history alone. */
    @Test
    void penaltiesSeeThePromptAndTheAnswerAsTheyShould() {
        lm.distort = logits -> {
            Arrays.fill(logits, 0, ToyTokenizer.SIZE, 1f);
            logits[5] = 4;
            logits[6] = 3.9f;
            logits[7] = 3.7f;
        };
        assertThat(greedyAnswer(new SamplingParameters(0, 0, 1, 0, 1.2, 0, 0, 0)))
                .containsExactly(6, 7, 5, 5);
        assertThat(greedyAnswer(new SamplingParameters(0, 0, 1, 0, 1, 0.5, 0, 0)))
                .containsExactly(5, 6, 7, 5);
        assertThat(greedyAnswer(new SamplingParameters(0, 0, 1, 0, 1, 0, 0.15, 0)))
                .containsExactly(5, 6, 5, 6);
    }

    private List<Integer> greedyAnswer(SamplingParameters sampling) {
        return Engines.alone(Engines.toy(lm, 1, 128), Engines.request(sampling, 4, List.of(), List.of(5, 5))).ids;
    }

    @Test
    void aCancelledSequenceIsNotComputedAndItsPlaceIsTakenAtOnce() {
        BatchEngine engine = Engines.toy(lm, 1, 128);
        Heard cancelled = Engines.submit(engine, Engines.request(SAMPLED, 9, List.of(), List.of(4, 5, 6)));
        Heard next = Engines.submit(engine, Engines.request(SAMPLED, 1, List.of(), List.of(4, 5)));
        engine.step();
        cancelled.cancel();
        assertThat(engine.step()).isFalse();
        assertThat(lm.passes).containsExactly(List.of(3), List.of(2));
        assertThat(next.end).isCompleted();
    }

    @Test
    void aNumberThatIsNotFiniteEndsItsSequenceOnly() {
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            ToyModel broken = new ToyModel();
            BatchEngine engine = Engines.toy(broken, 2, 128);
            Heard healthy = Engines.submit(engine, Engines.request(SAMPLED, 9, List.of(), List.of(4, 5, 6)));
            Heard poisoned = Engines.submit(engine, Engines.request(SAMPLED, 9, List.of(), List.of(4)));
            int[] rows = new int[1];
            broken.distort = logits -> {
                if (rows[0]++ == 3) {
                    logits[7] = bad;
                }
            };
            Engines.drain(engine);
            assertThat(healthy.end).isCompleted();
            assertThat(poisoned.ids).hasSize(1);
            assertThatThrownBy(poisoned.end::join)
                    .hasRootCauseInstanceOf(GenerationException.class)
                    .hasMessageContaining("model toy, position 2: the logit of token 7 is " + bad);
            assertThat(broken.open).isEmpty();
        }
    }

    @Test
    void cancellingOneChangesNoOther() {
        List<GenerationRequest> requests = Engines.mixed(ToyTokenizer.SIZE, 20);
        BatchEngine engine = Engines.toy(lm, 5, 16);
        List<Heard> heard = requests.stream()
                .map(request -> Engines.submit(engine, request))
                .toList();
        for (int i = 0; i < 7; i++) {
            engine.step();
        }
        Heard cancelled = heard.get(1);
        int before = cancelled.ids.size();
        cancelled.cancel();
        cancelled.cancel();
        Engines.drain(engine);
        assertThat(cancelled.ids).hasSize(before);
        assertThat(cancelled.end).isNotDone();
        for (int i : new int[] {0, 2, 3, 4}) {
            assertThat(Engines.essence(heard.get(i).result()))
                    .isEqualTo(Engines.essence(Engines.alone(Engines.toy(lm, 1, 128), requests.get(i))
                            .result()));
        }
    }

    @Test
    void aSequenceCancelledWhileTheModelComputesHearsNothing() throws Exception {
        BatchEngine engine = Engines.toy(lm, 1, 128);
        Heard heard = Engines.submit(engine, Engines.request(SAMPLED, 9, List.of(), List.of(4)));
        CountDownLatch computing = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        lm.onForward = () -> {
            computing.countDown();
            await(cancelled);
        };
        CompletableFuture<Boolean> step = CompletableFuture.supplyAsync(engine::step);
        await(computing);
        heard.cancel();
        cancelled.countDown();
        assertThat(step.get(10, TimeUnit.SECONDS)).isFalse();
        assertThat(heard.ids).isEmpty();
    }

    @Test
    void cancelWaitsForTheListenerCallThatIsRunning() throws Exception {
        BatchEngine engine = Engines.toy(lm, 1, 128);
        CountDownLatch inListener = new CountDownLatch(1);
        CountDownLatch mayReturn = new CountDownLatch(1);
        List<String> order = java.util.Collections.synchronizedList(new ArrayList<>());
        Heard heard = new Heard() {
            @Override
            public void onToken(int tokenId, String text) {
                inListener.countDown();
                await(mayReturn);
                order.add("listener returned");
            }
        };
        heard.sequence = engine.submit(Engines.request(SAMPLED, 9, List.of(), List.of(4)), heard);
        CompletableFuture<Boolean> step = CompletableFuture.supplyAsync(engine::step);
        await(inListener);
        Thread canceller = new Thread(() -> {
            heard.cancel();
            order.add("cancel returned, interrupted: " + Thread.currentThread().isInterrupted());
        });
        canceller.start();
        while (canceller.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        canceller.interrupt();
        while (canceller.isInterrupted()) {
            Thread.onSpinWait();
        }
        mayReturn.countDown();
        canceller.join();
        step.get(10, TimeUnit.SECONDS);
        Engines.drain(engine);
        assertThat(order).containsExactly("listener returned", "cancel returned, interrupted: true");
    }

    @Test
    void aTokenIsCountedBeforeItsListenerHearsOfIt() {
        BatchEngine engine = Engines.toy(lm, 1, 128);
        List<Long> counted = new ArrayList<>();
        engine.submit(Engines.request(SAMPLED, 3, List.of(), List.of(4)), new Heard() {
            @Override
            public void onToken(int tokenId, String text) {
                super.onToken(tokenId, text);
                counted.add(engine.stats().generatedTokens());
            }
        });
        Engines.drain(engine);
        assertThat(counted).containsExactly(1L, 2L, 3L);
    }

    @Test
    void aListenerMayCancelItselfAndOthers() {
        BatchEngine engine = Engines.toy(lm, 2, 128);
        Heard other = Engines.submit(engine, Engines.request(SAMPLED, 9, List.of(), List.of(4, 5)));
        Heard heard = new Heard() {
            @Override
            public void onToken(int tokenId, String text) {
                super.onToken(tokenId, text);
                cancel();
                other.cancel();
            }
        };
        heard.sequence = engine.submit(Engines.request(SAMPLED, 9, List.of(), List.of(4)), heard);
        Engines.drain(engine);
        assertThat(heard.ids).hasSize(1);
        assertThat(other.ids).hasSize(1);
    }

    @Test
    void aListenerThatThrowsEndsItsOwnSequenceOnly() {
        BatchEngine engine = Engines.toy(lm, 3, 128);
        int[] calls = new int[1];
        engine.submit(Engines.request(SAMPLED, 9, List.of(), List.of(4)), new SequenceListener() {
            @Override
            public void onToken(int tokenId, String text) {
                calls[0]++;
                throw new NoClassDefFoundError("a job's class loader was closed");
            }

            @Override
            public void onFinished(GenerationResult result) {
                calls[0]++;
            }

            @Override
            public void onFailed(GenerationException failure) {
                calls[0]++;
            }
        });
        Heard heard = Engines.submit(engine, Engines.request(SAMPLED, 9, List.of(), List.of(5)));
        Engines.drain(engine);
        assertThat(calls[0]).isEqualTo(1);
        assertThat(heard.end).isCompleted();
    }

    @Test
    void whatEscapesAStepFailsAllAndIsTheAnswerToLaterSubmissions() {
        BatchEngine engine = Engines.toy(lm, 1, 128);
        GenerationRequest request = Engines.request(SAMPLED, 9, List.of(), List.of(4));
        List<Heard> heard = List.of(Engines.submit(engine, request), Engines.submit(engine, request));
        engine.step();
        lm.onForward = () -> {
            throw new OutOfMemoryError("no page");
        };
        assertThatThrownBy(engine::step).isInstanceOf(OutOfMemoryError.class);
        assertThat(heard)
                .allSatisfy(each -> assertThatThrownBy(each.end::join)
                        .hasCauseInstanceOf(EngineClosedException.class)
                        .hasRootCauseInstanceOf(OutOfMemoryError.class));
        assertThat(engine.step()).isFalse();
        assertThatThrownBy(() -> Engines.submit(engine, request))
                .isInstanceOf(EngineClosedException.class)
                .hasMessage("the engine for toy stopped: java.lang.OutOfMemoryError: no page");
        engine.close();
    }

    @Test
    void closingFailsWhatRunsAndWaitsAndFreesOnce() {
        int[] freed = new int[1];
        BatchEngine engine = new BatchEngine(
                Engines.info(50), lm, new ToyTokenizer(false), java.util.Optional.empty(), 1, 128, () -> freed[0]++);
        GenerationRequest request = Engines.request(SAMPLED, 9, List.of(), List.of(4));
        List<Heard> heard = List.of(Engines.submit(engine, request), Engines.submit(engine, request));
        engine.step();
        engine.close();
        engine.close();
        assertThat(heard)
                .allSatisfy(each ->
                        assertThatThrownBy(each.end::join).hasMessageContaining("the engine for toy was closed"));
        assertThat(freed[0]).isEqualTo(1);
        assertThatThrownBy(() -> Engines.submit(engine, request)).isInstanceOf(EngineClosedException.class);
    }

    @Test
    void snapshotsOfAnotherModelOrArithmeticAreRefused() {
        BatchEngine engine = Engines.toy(lm, 1, 128);
        GenerationRequest request = Engines.request(SAMPLED, 4, List.of(), List.of(4));
        assertThatThrownBy(() -> Engines.resume(
                        engine, new SequenceSnapshot("beef", 1, Numerics.REPRODUCIBLE, request, List.of())))
                .isInstanceOf(SnapshotMismatchException.class)
                .hasMessage("the snapshot's fingerprint is beef, that of model toy is f00d");
        assertThatThrownBy(() -> Engines.resume(
                        engine, new SequenceSnapshot("f00d", 2, Numerics.REPRODUCIBLE, request, List.of())))
                .isInstanceOf(SnapshotMismatchException.class)
                .hasMessageContaining("arithmetic version is 2");
        assertThatThrownBy(() -> Engines.resume(
                        engine, new SequenceSnapshot("f00d", 1, Numerics.REPRODUCIBLE, request, List.of(99))))
                .isInstanceOf(SnapshotMismatchException.class)
                .hasMessageContaining("id 99");
        assertThatThrownBy(() -> Engines.resume(
                        engine,
                        new SequenceSnapshot("f00d", 1, Numerics.REPRODUCIBLE, request, List.of(4, 4, 4, 4, 4))))
                .isInstanceOf(SnapshotMismatchException.class)
                .hasMessageContaining("goes on after its end");
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
