package io.hetegen.operator;

import static io.hetegen.operator.FakeEngine.answer;
import static io.hetegen.operator.GenerateHarness.configuration;
import static io.hetegen.operator.GenerateHarness.envelope;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.hetegen.engine.EngineClosedException;
import io.hetegen.engine.FinishReason;
import io.hetegen.operator.DeadLetter.Cause;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GenerateOperatorTest {

    private static final long ROOMY = 1 << 20;

    private final FakeEngine engine = new FakeEngine();
    private final ExecutorService driver = Executors.newSingleThreadExecutor();

    @AfterEach
    void stopDriver() {
        driver.shutdownNow();
    }

    @Test
    void anAnswerCarriesItsRecordAndWhatTheEngineSaid() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine)) {
            Envelope envelope = envelope("k", "hi");
            harness.flink.processElement(new StreamRecord<>(envelope, 77));
            engine.generate("hi", 3);
            engine.finish("hi");
            harness.runMails();

            assertThat(harness.flink.getRecordOutput()).singleElement().satisfies(record -> {
                assertThat(record.getTimestamp()).isEqualTo(77);
                Answer answer = record.getValue();
                assertThat(answer.envelope()).isSameAs(envelope);
                assertThat(answer.id()).isEqualTo("id-hi");
                assertThat(answer.attributes()).isEqualTo(Map.of("a", "hi"));
                assertThat(answer.text()).isEqualTo("hi 0 1 2");
                assertThat(answer.promptTokens()).isEqualTo(2);
                assertThat(answer.generatedTokens()).isEqualTo(3);
                assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
                assertThat(answer.model()).isEqualTo(FakeEngine.MODEL);
                assertThat(answer.attempt()).isEqualTo(1);
            });
            assertThat(harness.keysInState()).isZero();
        }
    }

    @Test
    void aKeyKeepsItsOrderWhileOthersPass() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine)) {
            harness.send("a", "a1", "a2", "a3");
            harness.send("b", "b1");

            engine.finish("a3", "b1", "a2");
            harness.runMails();
            assertThat(harness.texts()).containsExactly("b1");

            engine.finish("a1");
            harness.runMails();
            assertThat(harness.texts()).containsExactly("b1", "a1", "a2", "a3");
            assertThat(harness.keysInState()).isZero();
        }
    }

    @Test
    void deadLettersKeepTheOrderOfTheirKeyToo() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine)) {
            harness.send("a", "a1", "?a2", "a3");
            engine.finish("a3");
            harness.runMails();
            assertThat(harness.deadLetters()).isEmpty();

            engine.finish("a1");
            harness.runMails();
            assertThat(harness.deadLetters()).hasSize(1);
            assertThat(harness.texts()).containsExactly("a1", "a3");
        }
    }

    @Test
    void nullEmptyAndBinaryKeysAreDifferentKeys() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine, configuration(9, ROOMY))) {
            harness.flink.processElement(new StreamRecord<>(envelope((byte[]) null, "none1")));
            harness.flink.processElement(new StreamRecord<>(envelope((byte[]) null, "none2")));
            harness.flink.processElement(new StreamRecord<>(envelope(new byte[0], "empty1")));
            harness.flink.processElement(new StreamRecord<>(envelope(new byte[0], "empty2")));
            harness.flink.processElement(new StreamRecord<>(envelope(new byte[] {(byte) 0xFF}, "ff1")));
            harness.flink.processElement(new StreamRecord<>(envelope(new byte[] {(byte) 0xFF}, "ff2")));
            harness.flink.processElement(new StreamRecord<>(envelope(new byte[] {(byte) 0xFE}, "fe")));

            engine.finish("none2", "empty2", "ff2", "fe");
            harness.runMails();
            assertThat(harness.texts()).containsExactly("none2", "fe");

            engine.finish("none1", "empty1", "ff1");
            harness.runMails();
            assertThat(harness.texts()).containsExactly("none2", "fe", "none1", "empty1", "empty2", "ff1", "ff2");
        }
    }

    @Test
    void everyBlameOfARecordIsADeadLetterWithItsCause() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine)) {
            harness.flink.setProcessingTime(100);
            String tooLong = "x".repeat(200);
            harness.send("a", "?", "!", tooLong, "late@99", "slow@100", "nan");
            assertThat(engine.submitted()).containsExactly("slow", "nan");
            harness.flink.setProcessingTime(101);
            engine.finish("slow");
            engine.fail("nan", "logits of token 3 are NaN");
            harness.runMails();

            assertThat(harness.deadLetters())
                    .extracting(DeadLetter::cause, DeadLetter::message, DeadLetter::attempt)
                    .containsExactly(
                            tuple(Cause.UNDECODABLE, "not a prompt: ?", 1),
                            tuple(Cause.INVALID_REQUEST, "maxTokens must be at least 1, got !", 1),
                            tuple(Cause.INVALID_REQUEST, "prompt has 200 tokens, at most 99 fit", 1),
                            tuple(
                                    Cause.DEADLINE_EXCEEDED,
                                    "the deadline 1970-01-01T00:00:00.099Z passed before it was generated",
                                    1),
                            tuple(
                                    Cause.DEADLINE_EXCEEDED,
                                    "the deadline 1970-01-01T00:00:00.100Z passed while it was generated",
                                    1),
                            tuple(Cause.GENERATION_FAILED, "logits of token 3 are NaN", 1));
            assertThat(harness.answers()).isEmpty();
            assertThat(harness.keysInState()).isZero();
        }
    }

    @Test
    void anUnforeseenFailureFailsTheTask() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine)) {
            assertThatThrownBy(() -> harness.send("a", "#")).hasMessageContaining("a bug in the decoder");
        }
    }

    @Test
    void aBrokenEngineFailsTheTaskAndNoRecord() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine)) {
            harness.send("a", "a1");
            engine.fail("a1", new EngineClosedException("the engine broke"));
            assertThatThrownBy(harness::runMails).hasMessageContaining("the engine broke");
            assertThat(harness.deadLetters()).isEmpty();
            assertThat(harness.keysInState()).isEqualTo(1);
        }
    }

    @Test
    void aTombstoneLeavesNoTrace() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine)) {
            harness.flink.processElement(new StreamRecord<>(envelope("a", null)));
            assertThat(harness.keysInState()).isZero();
            assertThat(engine.submitted()).isEmpty();
            assertThat(harness.deadLetters()).isEmpty();
        }
    }

    @Test
    void noMoreThanTheLimitGenerateAndTheOthersFollowInTheOrderTheyCame() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine, configuration(2, ROOMY))) {
            harness.send("a", "a1", "a2", "a3");
            harness.send("b", "b1");
            assertThat(engine.active()).containsExactly("a1", "a2");

            engine.finish("a2");
            harness.runMails();
            assertThat(engine.active()).containsExactly("a1", "a3");
            engine.finish("a1");
            harness.runMails();
            assertThat(engine.active()).containsExactly("a3", "b1");
        }
    }

    @Test
    void aFullBacklogStopsTheInputUntilTheEngineGetsOn() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine, configuration(1, 300))) {
            harness.send("a", "a1", "a2");
            Future<?> finishing = inDriver(() -> engine.finish("a1"));
            // Comes back only after it has run the mail that starts a2: no one else runs mails here.
            harness.send("a", "a3");
            finishing.get();
            assertThat(engine.active()).containsExactly("a2");
            assertThat(harness.texts()).containsExactly("a1");
        }
    }

    @Test
    void answersHeldBackByTheirKeyCountAsBacklog() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine, configuration(2, 300))) {
            harness.send("a", "a1", "a2");
            engine.finish("a2");
            harness.runMails();
            harness.send("a", "a3");
            engine.finish("a3");
            Future<?> finishing = inDriver(() -> {
                engine.awaitActive("a4");
                engine.finish("a1");
            });
            harness.send("a", "a4");
            finishing.get();
            assertThat(harness.texts()).containsExactly("a1", "a2", "a3");
        }
    }

    @Test
    void theEndOfTheInputWaitsForAllAnswers() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine, configuration(1, ROOMY))) {
            harness.send("a", "a1", "a2", "a3");
            Future<?> finishing = inDriver(() -> {
                for (String prompt : List.of("a1", "a2", "a3")) {
                    engine.awaitActive(prompt);
                    engine.finish(prompt);
                }
            });
            harness.flink.endInput();
            finishing.get();
            assertThat(harness.texts()).containsExactly("a1", "a2", "a3");
        }
    }

    @Test
    void previewsComeInPiecesAndTheLastOneIsComplete() throws Exception {
        Configuration configuration = configuration(2, ROOMY);
        configuration.set(GenerateOptions.PREVIEWS, true);
        configuration.set(GenerateOptions.PREVIEW_TOKENS, 2);
        try (GenerateHarness harness = GenerateHarness.open(engine, configuration)) {
            harness.send("k", "p");
            engine.generate("p", 5);
            harness.runMails();
            assertThat(harness.previews())
                    .extracting(Preview::id, Preview::index, Preview::text, Preview::attempt)
                    .containsExactly(tuple("id-p", 0, " 0 1", 1), tuple("id-p", 2, " 2 3", 1));
            engine.finish("p");
            harness.runMails();
            assertThat(harness.previews()).extracting(Preview::text).containsExactly(" 0 1", " 2 3", " 4");
            assertThat(harness.previews().get(0).key()).isEqualTo(new byte[] {'k'});
        }
    }

    @Test
    void thereAreNoPreviewsUnlessAskedFor() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine)) {
            harness.send("k", "p");
            engine.generate("p", 9);
            engine.finish("p");
            harness.runMails();
            assertThat(harness.previews()).isEmpty();
            assertThat(harness.texts()).containsExactly(answer("p", 9));
        }
    }

    @Test
    void latencyMarkersPass() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine)) {
            harness.send("a", "a1");
            LatencyMarker marker =
                    new LatencyMarker(1, harness.flink.getOperator().getOperatorID(), 0);
            harness.flink.getOneInputOperator().processLatencyMarker(marker);
            assertThat(harness.flink.getOutput()).containsExactly(marker);
        }
    }

    @Test
    void closingCancelsWhatIsGeneratedAndGivesTheLeaseBack() throws Exception {
        GenerateHarness harness = GenerateHarness.open(engine);
        harness.send("a", "a1", "a2");
        assertThat(harness.engines.openLeases).hasValue(1);
        harness.close();
        assertThat(engine.active()).isEmpty();
        assertThat(harness.engines.openLeases).hasValue(0);
    }

    @Test
    void cancellingEndsTheWaitForTheEngine() throws Exception {
        FakeEngines never = new FakeEngines(engine, new CountDownLatch(1));
        GenerateFunction function = new GenerateFunction(new TestDecoder(), configuration(1, ROOMY), never.provider());
        CompletableFuture<Thread> task = new CompletableFuture<>();
        Future<Throwable> failure = driver.submit(() -> {
            task.complete(Thread.currentThread());
            try (KeyedOneInputStreamOperatorTestHarness<String, Envelope, Answer> harness =
                    new KeyedOneInputStreamOperatorTestHarness<>(
                            new GenerateOperatorFactory(function), new RecordKey(), Types.STRING)) {
                harness.open();
                return new AssertionError("opened without an engine");
            } catch (InterruptedException expected) {
                return expected;
            }
        });
        never.acquiring.await();
        task.get().interrupt();
        assertThat(failure.get()).isInstanceOf(InterruptedException.class);
        assertThat(never.openLeases).hasValue(0);
        never.close();
    }

    private Future<?> inDriver(ThrowingRunnable action) {
        Callable<Boolean> call = () -> {
            action.run();
            return true;
        };
        return driver.submit(call);
    }

    private interface ThrowingRunnable {
        void run() throws Exception;
    }
}
