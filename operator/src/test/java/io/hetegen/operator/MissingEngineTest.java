package io.hetegen.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URL;
import java.net.URLClassLoader;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;

class MissingEngineTest {

    private static final String LINE = "The HeteGen engine is not on the class path: put hetegen-engine-*.jar into"
            + " Flink's lib/ folder on the client, the JobManager and every TaskManager, and restart them"
            + " (missing: io.hetegen.engine.HeteGenException)";

    @Test
    void theCheckSaysWhichJarBelongsWhere() throws Exception {
        assertThatCode(() -> MissingEngineException.check(getClass().getClassLoader()))
                .doesNotThrowAnyException();
        try (URLClassLoader withoutEngine = new WithoutEngine()) {
            assertThatThrownBy(() -> MissingEngineException.check(withoutEngine))
                    .hasMessage(LINE);
        }
    }

    /** All that Flink loads before the operator exists must load without the engine, or the line is never reached. */
    @Test
    void aTaskManagerWithoutTheEngineGetsAsFarAsToSayIt() throws Exception {
        GenerateFunction function =
                new GenerateFunction(new TestDecoder(), GenerateHarness.configuration(1, 1), EngineProvider.SHARED);
        byte[] factory = InstantiationUtil.serializeObject(new GenerateOperatorFactory(function));
        byte[] serializers = InstantiationUtil.serializeObject(
                new Object[] {EnvelopeSerializer.INSTANCE, AnswerSerializer.INSTANCE, GenerateOutputs.PREVIEWS});
        try (URLClassLoader withoutEngine = new WithoutEngine()) {
            InstantiationUtil.deserializeObject(serializers, withoutEngine);
            StreamOperatorFactory<Answer> remote = InstantiationUtil.deserializeObject(factory, withoutEngine);
            assertThat(remote.getClass()).isNotEqualTo(GenerateOperatorFactory.class);
            try (MockEnvironment environment = new MockEnvironmentBuilder()
                    .setUserCodeClassLoader(withoutEngine)
                    .build()) {
                // Never closed: it cannot close an operator that it could not make.
                OneInputStreamOperatorTestHarness<Envelope, Answer> harness = new OneInputStreamOperatorTestHarness<>(
                        (OneInputStreamOperatorFactory<Envelope, Answer>) remote,
                        EnvelopeSerializer.INSTANCE,
                        environment);
                assertThatThrownBy(harness::setup).hasMessage(LINE);
            }
        }
    }

    /** Flink's loader of user code, child first, over a parent that lacks the engine. */
    private static final class WithoutEngine extends URLClassLoader {

        WithoutEngine() {
            super(new URL[] {
                GenerateOperator.class.getProtectionDomain().getCodeSource().getLocation(),
                TestDecoder.class.getProtectionDomain().getCodeSource().getLocation()
            });
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                if (name.startsWith("io.hetegen.engine.")) {
                    throw new ClassNotFoundException(name);
                }
                if (name.startsWith("io.hetegen.operator.")) {
                    Class<?> loaded = findLoadedClass(name);
                    return loaded == null ? findClass(name) : loaded;
                }
                return WithoutEngine.class.getClassLoader().loadClass(name);
            }
        }
    }
}
