package io.hetegen.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.EngineOptions;
import io.hetegen.engine.EngineStats;
import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.PromptInput;
import io.hetegen.engine.SequenceSnapshot;
import io.hetegen.engine.chat.ChatMessage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.testutils.CommonTestUtils;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A real model, a real failure in the middle of its answers, and the count of its forward passes. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class ResumeITCase {

    private static final List<String> PROMPTS = List.of(
            "my laptop is two years old, does it still have warranty",
            "There is a speaker in the parcel, not the phone I ordered",
            "the app crashes whenever I open the settings",
            "please cancel my subscription",
            "I was charged twice for the same order");
    private static final int STOP_AFTER_TOKENS = 23;
    private static final AtomicBoolean FAIL = new AtomicBoolean();

    @RegisterExtension
    private static final MiniClusterExtension CLUSTER =
            new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
                    .setNumberTaskManagers(1)
                    .setNumberSlotsPerTaskManager(2)
                    .setConfiguration(RecommendedConfiguration.withDefaults(new Configuration()))
                    .build());

    @BeforeEach
    void failNot() {
        FAIL.set(false);
    }

    @Test
    void anAnswerContinuesAtItsLastCheckpointedTokenAndIsTheSame(@InjectMiniCluster MiniCluster cluster)
            throws Exception {
        Map<String, Answer> undisturbed;
        try (ObservedEngine engine = new ObservedEngine(options(), Long.MAX_VALUE);
                CollectSink<Answer> sink = new CollectSink<>()) {
            JobClient job = start(engine, sink);
            sink.await(PROMPTS.size());
            job.cancel().get();
            undisturbed = byPrompt(sink);
            assertThat(engine.resumed).isEmpty();
        }
        assertThat(undisturbed.values())
                .allSatisfy(answer -> assertThat(answer.generatedTokens())
                        .as("long enough to be interrupted")
                        .isGreaterThan(STOP_AFTER_TOKENS / PROMPTS.size() + 3));

        try (ObservedEngine engine = new ObservedEngine(options(), STOP_AFTER_TOKENS);
                CollectSink<Answer> sink = new CollectSink<>()) {
            JobClient job = start(engine, sink);
            engine.stopped.await();
            CommonTestUtils.waitForAllTaskRunning(cluster, job.getJobID(), false);
            // Completes while the engine does not move.
            cluster.triggerCheckpoint(job.getJobID()).get();
            FAIL.set(true);
            engine.goOn.countDown();
            sink.await(PROMPTS.size());
            job.cancel().get();
            Map<String, Answer> answers = byPrompt(sink);

            assertThat(FAIL).isFalse();
            assertThat(answers).hasSameSizeAs(PROMPTS).containsOnlyKeys(undisturbed.keySet());
            answers.forEach((prompt, answer) -> {
                Answer expected = undisturbed.get(prompt);
                assertThat(answer.text()).isEqualTo(expected == null ? null : expected.text());
                assertThat(answer.attempt()).isEqualTo(2);
            });
            assertNothingIsGeneratedTwice(engine, sink.values());
        }
    }

    private static void assertNothingIsGeneratedTwice(ObservedEngine engine, List<Answer> answers) {
        int inCheckpoint = engine.resumed.stream()
                .map(SequenceSnapshot::generatedIds)
                .mapToInt(List::size)
                .sum();
        int inAnswers = answers.stream().mapToInt(Answer::generatedTokens).sum();
        // The step that the engine stopped in may have been through with other sequences.
        assertThat(inCheckpoint).isBetween(STOP_AFTER_TOKENS, STOP_AFTER_TOKENS + PROMPTS.size());
        assertThat(engine.tokensAfterResume).hasValue(inAnswers - inCheckpoint);
        EngineStats stats = engine.stats();
        assertThat(stats.generatedTokens())
                .as("all, and those between checkpoint and failure")
                .isGreaterThanOrEqualTo(inAnswers);
    }

    private static Map<String, Answer> byPrompt(CollectSink<Answer> sink) {
        Map<String, Answer> answers = new TreeMap<>();
        for (Answer answer : sink.values()) {
            assertThat(answers.put(answer.id(), answer)).as(answer.id()).isNull();
        }
        return answers;
    }

    private static EngineOptions options() {
        return EngineOptions.of(Path.of(System.getProperty("hetegen.demo.model")))
                .withThreads(1);
    }

    private static JobClient start(ObservedEngine engine, CollectSink<Answer> sink) throws Exception {
        Configuration configuration = new Configuration();
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ZERO);
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.configure(RecommendedConfiguration.withDefaults(configuration));
        env.enableCheckpointing(TimeUnit.HOURS.toMillis(1));
        env.setParallelism(1);
        Configuration generate = GenerateHarness.configuration(PROMPTS.size(), 1 << 20);
        generate.set(GenerateOptions.PREVIEWS, true);
        generate.set(GenerateOptions.PREVIEW_TOKENS, 1);
        SingleOutputStreamOperator<Answer> answers = GenerateStream.generate(
                env.fromSource(
                                new GatedSource(Long.MAX_VALUE, PROMPTS.size()),
                                WatermarkStrategy.noWatermarks(),
                                "numbers")
                        .uid("source")
                        // A restored reader gives out as many again.
                        .filter(number -> number < PROMPTS.size())
                        .uid("prompts")
                        .map(ResumeITCase::envelope)
                        .returns(TypeInformation.of(Envelope.class))
                        .uid("envelopes"),
                new GenerateFunction(new ChatDecoder(), generate, new FakeEngines(engine).provider()));
        answers.sinkTo(sink).uid("sink");
        answers.getSideOutput(GenerateOutputs.PREVIEWS)
                .map(new FailOnce())
                .returns(TypeInformation.of(Preview.class))
                .uid("fail-once")
                .sinkTo(new CollectSink<>())
                .uid("previews");
        return env.executeAsync();
    }

    private static Envelope envelope(long offset) {
        byte[] value = PROMPTS.get((int) offset).getBytes(StandardCharsets.UTF_8);
        return new Envelope("prompts", 0, offset, 0, List.of(), null, value);
    }

    private static final class ChatDecoder implements PromptDecoder {
        private static final long serialVersionUID = 1L;

        @Override
        public PromptRequest decode(Envelope envelope) {
            String text = new String(Objects.requireNonNull(envelope.value()), StandardCharsets.UTF_8);
            PromptInput prompt = new PromptInput.Chat(List.of(new ChatMessage("user", text)), envelope.time());
            return new PromptRequest(text, Map.of(), GenerationRequest.greedy(prompt, 60), Optional.empty());
        }
    }

    /** Fails the job at the first piece of an answer after it was told to. */
    private static final class FailOnce implements MapFunction<Preview, Preview> {
        private static final long serialVersionUID = 1L;

        @Override
        public Preview map(Preview preview) {
            if (FAIL.compareAndSet(true, false)) {
                throw new IllegalStateException("a failure in the middle of " + preview.id());
            }
            return preview;
        }
    }
}
