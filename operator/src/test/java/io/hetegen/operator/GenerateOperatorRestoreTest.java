package io.hetegen.operator;

import static io.hetegen.operator.FakeEngine.answer;
import static io.hetegen.operator.GenerateHarness.configuration;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class GenerateOperatorRestoreTest {

    private static final long ROOMY = 1 << 20;

    private final FakeEngine before = new FakeEngine();
    private final FakeEngine after = new FakeEngine();

    @Test
    void aGenerationContinuesAtTheTokenItHadReached() throws Exception {
        OperatorSubtaskState state;
        try (GenerateHarness harness = GenerateHarness.open(before, configuration(2, ROOMY))) {
            harness.send("a", "a1", "a2", "a3");
            before.generate("a1", 5);
            state = harness.snapshot();
            before.generate("a1", 9);
        }
        try (GenerateHarness harness = GenerateHarness.restore(after, configuration(2, ROOMY), state)) {
            assertThat(after.resumedAt()).isEqualTo(Map.of("a1", 5));
            assertThat(after.submitted()).containsExactly("a2");
            after.generate("a1", 2);
            after.finish("a1", "a2");
            harness.runMails();
            after.finish("a3");
            harness.runMails();
            assertThat(harness.texts()).containsExactly(answer("a1", 7), "a2", "a3");
            assertThat(harness.answers()).extracting(Answer::attempt).containsOnly(2);
            assertThat(harness.keysInState()).isZero();
        }
    }

    @Test
    void recordsOfAnUnalignedCheckpointAreTakenInAboveTheLimit() throws Exception {
        OperatorSubtaskState state;
        try (GenerateHarness harness = GenerateHarness.open(before)) {
            harness.send("a", "a1");
            state = harness.snapshot();
        }
        try (GenerateHarness harness = GenerateHarness.restore(after, configuration(1, 1), state)) {
            // Comes back although nothing is generated: the task would not be ready for a checkpoint otherwise.
            harness.send("a", "a2", "a3");
            assertThat(harness.keysInState()).isEqualTo(1);
            assertThat(after.active()).containsExactly("a1");
        }
    }

    @Test
    void everyRestoreIsAnAttempt() throws Exception {
        OperatorSubtaskState state;
        try (GenerateHarness harness = GenerateHarness.open(before)) {
            harness.send("a", "a1");
            state = harness.snapshot();
        }
        for (int restore = 0; restore < 3; restore++) {
            try (GenerateHarness harness = GenerateHarness.restore(before, state)) {
                state = harness.snapshot();
            }
        }
        try (GenerateHarness harness = GenerateHarness.restore(after, state)) {
            after.finish("a1");
            harness.runMails();
            assertThat(harness.answers()).extracting(Answer::attempt).containsExactly(5);
        }
    }

    @Test
    void aCheckpointWritesWhatMovedSinceTheLastOne() throws Exception {
        OperatorSubtaskState state;
        try (GenerateHarness harness = GenerateHarness.open(before)) {
            harness.send("a", "a1");
            harness.send("b", "b1");
            before.generate("a1", 1);
            harness.snapshot();
            before.generate("a1", 1);
            before.generate("b1", 4);
            harness.snapshot();
            state = harness.snapshot();
        }
        try (GenerateHarness harness = GenerateHarness.restore(after, state)) {
            assertThat(after.resumedAt()).isEqualTo(Map.of("a1", 2, "b1", 4));
        }
    }

    @Test
    void anAnswerHeldBackByItsKeyIsNotGeneratedAgain() throws Exception {
        OperatorSubtaskState state;
        try (GenerateHarness harness = GenerateHarness.open(before)) {
            harness.send("a", "a1", "?a2", "a3");
            before.finish("a3");
            harness.runMails();
            state = harness.snapshot();
        }
        try (GenerateHarness harness = GenerateHarness.restore(after, state)) {
            assertThat(after.submitted()).containsExactly("a1");
            after.finish("a1");
            harness.runMails();
            assertThat(harness.texts()).containsExactly("a1", "a3");
            assertThat(harness.deadLetters()).hasSize(1);
        }
    }

    @Test
    void aSnapshotOfAnotherModelBeginsAnew() throws Exception {
        OperatorSubtaskState state;
        try (GenerateHarness harness = GenerateHarness.open(before)) {
            harness.send("a", "a1");
            before.generate("a1", 5);
            state = harness.snapshot();
        }
        FakeEngine other = new FakeEngine("beef");
        try (GenerateHarness harness = GenerateHarness.restore(other, state)) {
            assertThat(other.resumedAt()).isEmpty();
            assertThat(other.submitted()).containsExactly("a1");
            // The new snapshot replaces the useless one, even before its first token.
            state = harness.snapshot();
        }
        FakeEngine again = new FakeEngine("beef");
        try (GenerateHarness harness = GenerateHarness.restore(again, state)) {
            assertThat(again.resumedAt()).isEqualTo(Map.of("a1", 0));
            again.finish("a1");
            harness.runMails();
            assertThat(harness.answers()).extracting(Answer::attempt).containsExactly(3);
        }
    }

    @Test
    void previewsAfterARestoreGoOnWithAHigherAttempt() throws Exception {
        Configuration configuration = configuration(2, ROOMY);
        configuration.set(GenerateOptions.PREVIEWS, true);
        configuration.set(GenerateOptions.PREVIEW_TOKENS, 1);
        OperatorSubtaskState state;
        try (GenerateHarness harness = GenerateHarness.open(before, configuration)) {
            harness.send("a", "a1");
            before.generate("a1", 3);
            state = harness.snapshot();
        }
        try (GenerateHarness harness = GenerateHarness.restore(after, configuration, state)) {
            after.generate("a1", 1);
            harness.runMails();
            assertThat(harness.previews()).singleElement().satisfies(preview -> {
                assertThat(preview.index()).isEqualTo(3);
                assertThat(preview.attempt()).isEqualTo(2);
            });
        }
    }

    @Test
    void stoppingWithASavepointLeavesTheUnfinishedInStateAndNothingLeavesAfterwards() throws Exception {
        OperatorSubtaskState state;
        try (GenerateHarness harness = GenerateHarness.open(before, configuration(2, ROOMY))) {
            harness.send("a", "a1", "a2", "a3");
            before.generate("a1", 3);
            harness.flink.getOperator().finish();
            before.generate("a2", 2);
            before.finish("a1");
            harness.runMails();
            assertThat(harness.texts()).isEmpty();
            assertThat(before.submitted()).containsExactly("a1", "a2");
            state = harness.snapshot();
        }
        try (GenerateHarness harness = GenerateHarness.restore(after, configuration(2, ROOMY), state)) {
            assertThat(harness.texts()).containsExactly(answer("a1", 3));
            assertThat(after.resumedAt()).isEqualTo(Map.of("a2", 2));
            assertThat(after.submitted()).containsExactly("a3");
        }
    }

    @Test
    void generationsBeyondTheLimitKeepTheirTokensInState() throws Exception {
        OperatorSubtaskState state;
        try (GenerateHarness harness = GenerateHarness.open(before, configuration(3, ROOMY))) {
            harness.send("a", "a1", "a2", "a3");
            before.generate("a1", 1);
            before.generate("a3", 3);
            state = harness.snapshot();
        }
        FakeEngine narrow = new FakeEngine();
        try (GenerateHarness harness = GenerateHarness.restore(narrow, configuration(1, ROOMY), state)) {
            assertThat(narrow.resumedAt()).isEqualTo(Map.of("a1", 1));
            state = harness.snapshot();
        }
        try (GenerateHarness harness = GenerateHarness.restore(after, configuration(3, ROOMY), state)) {
            assertThat(after.resumedAt()).isEqualTo(Map.of("a1", 1, "a3", 3));
            assertThat(after.submitted()).containsExactly("a2");
        }
    }

    @Test
    void aCheckpointDoesNotWaitForAStuckEngine() throws Exception {
        ExecutorService driver = Executors.newSingleThreadExecutor();
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (GenerateHarness harness = GenerateHarness.open(before)) {
            harness.send("a", "a1");
            before.generate("a1", 4);
            Future<?> step = driver.submit(() -> before.longStep(stuck, release));
            stuck.await();
            OperatorSubtaskState state = harness.snapshot();
            assertThat(step).isNotDone();
            release.countDown();
            step.get();
            try (GenerateHarness restored = GenerateHarness.restore(after, state)) {
                assertThat(after.resumedAt()).isEqualTo(Map.of("a1", 4));
            }
        } finally {
            release.countDown();
            driver.shutdownNow();
        }
    }

    @Test
    void rescalingFromOneToThreeToTwoLosesAndDoublesNothing() throws Exception {
        int keys = 12;
        OperatorSubtaskState state;
        try (GenerateHarness harness = GenerateHarness.open(before, configuration(2 * keys, ROOMY))) {
            for (int i = 0; i < keys; i++) {
                harness.send("k" + i, "p" + i, "q" + i);
                before.generate("p" + i, i);
            }
            state = harness.snapshot();
        }
        state = rescaleTo3(state);

        List<String> texts = new ArrayList<>();
        for (int subtask = 0; subtask < 2; subtask++) {
            FakeEngine engine = new FakeEngine();
            try (GenerateHarness harness =
                    GenerateHarness.restore(engine, configuration(2 * keys, ROOMY), state, 3, 2, subtask)) {
                assertThat(engine.submitted()).isEmpty();
                assertThat(engine.resumedAt()).isNotEmpty();
                List<String> backwards = new ArrayList<>(engine.active());
                Collections.reverse(backwards);
                engine.finish(backwards.toArray(String[]::new));
                harness.runMails();
                texts.addAll(harness.texts());
                assertThat(harness.answers()).extracting(Answer::attempt).containsOnly(3);
            }
        }
        assertThat(texts).hasSize(2 * keys).doesNotHaveDuplicates();
        for (int i = 0; i < keys; i++) {
            assertThat(texts).containsSubsequence(answer("p" + i, i + 1), answer("q" + i, 1));
        }
    }

    /** Restores at three subtasks, generates one token for every record, and takes the state of all again. */
    private static OperatorSubtaskState rescaleTo3(OperatorSubtaskState state) throws Exception {
        OperatorSubtaskState[] states = new OperatorSubtaskState[3];
        for (int subtask = 0; subtask < 3; subtask++) {
            FakeEngine engine = new FakeEngine();
            try (GenerateHarness harness =
                    GenerateHarness.restore(engine, configuration(100, ROOMY), state, 1, 3, subtask)) {
                assertThat(engine.active()).isNotEmpty();
                engine.active().forEach(prompt -> engine.generate(prompt, 1));
                states[subtask] = harness.snapshot();
            }
        }
        return AbstractStreamOperatorTestHarness.repackageState(states);
    }
}
