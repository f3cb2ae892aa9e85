package io.hetegen.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.Engine;
import io.hetegen.engine.EngineStats;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.util.FlinkUserCodeClassLoaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two jobs after another, each with its own child-first class loader, on the engine of the parent. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
class SharedEngineITCase {

    private static final String[] PARENT_FIRST = {
        "java.", "org.apache.flink.", "org.slf4j", "org.apache.logging", "org.jspecify", "io.hetegen.engine."
    };

    @Test
    void twoClassLoadersShareOneEngineAndLeaveNothingInIt() throws Exception {
        ReferenceQueue<ClassLoader> collected = new ReferenceQueue<>();
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        List<EngineStats> stats = new ArrayList<>();
        for (int job = 0; job < 2; job++) {
            stats.add(runJob(collected, loaders));
        }

        assertThat(stats.get(0).generatedTokens()).isPositive();
        assertThat(stats.get(1).generatedTokens())
                .as("the counter of one engine that was opened once")
                .isGreaterThanOrEqualTo(2 * stats.get(0).generatedTokens());
        assertThat(stats.get(1).weightBytes()).isEqualTo(stats.get(0).weightBytes());
        for (int job = 0; job < 2; job++) {
            awaitCollection(collected);
        }
        assertThat(loaders).extracting(WeakReference::get).containsOnlyNulls();
    }

    private static EngineStats runJob(ReferenceQueue<ClassLoader> collected, List<WeakReference<ClassLoader>> loaders)
            throws Exception {
        URL[] userCode = {
            GenerateOperator.class.getProtectionDomain().getCodeSource().getLocation(),
            SharedEngineITCase.class.getProtectionDomain().getCodeSource().getLocation()
        };
        try (URLClassLoader loader = FlinkUserCodeClassLoaders.childFirst(
                userCode, SharedEngineITCase.class.getClassLoader(), PARENT_FIRST, failure -> {}, false)) {
            Class<?> job = loader.loadClass(Job.class.getName());
            assertThat(job).isNotEqualTo(Job.class);
            loaders.add(new WeakReference<>(job.getClassLoader(), collected));
            return (EngineStats) ((Callable<?>) job.getConstructor().newInstance()).call();
        }
    }

    private static void awaitCollection(ReferenceQueue<ClassLoader> collected) throws InterruptedException {
        while (collected.remove(100) == null) {
            System.gc();
        }
    }

    /** Answers one prompt with the shared engine, leaves another one unfinished, and ends. */
    public static final class Job implements Callable<EngineStats> {

        @Override
        public EngineStats call() throws Exception {
            GenerateFunction function =
                    new GenerateFunction(new TestDecoder(), GenerateHarness.demoConfiguration(), EngineProvider.SHARED);
            try (MockEnvironment environment = new MockEnvironmentBuilder()
                            .setUserCodeClassLoader(Job.class.getClassLoader())
                            .build();
                    OneInputStreamOperatorTestHarness<Envelope, Answer> harness =
                            new OneInputStreamOperatorTestHarness<>(
                                    new GenerateOperatorFactory(function), EnvelopeSerializer.INSTANCE, environment)) {
                harness.getStreamConfig().setStatePartitioner(0, new RecordKey());
                harness.getStreamConfig().setStateKeySerializer(StringSerializer.INSTANCE);
                harness.getStreamConfig().serializeAllConfigs();
                harness.setup(AnswerSerializer.INSTANCE);
                harness.open();
                harness.processElement(new StreamRecord<>(GenerateHarness.envelope("a", "please cancel my order")));
                harness.endInput();
                assertThat(harness.extractOutputValues()).hasSize(1);
                EngineStats stats = engine(harness).stats();
                harness.processElement(new StreamRecord<>(GenerateHarness.envelope("a", "unfinished")));
                return stats;
            }
        }

        private static Engine engine(OneInputStreamOperatorTestHarness<Envelope, Answer> harness) {
            return ((GenerateOperator) harness.getOperator()).getUserFunction().engine();
        }
    }
}
