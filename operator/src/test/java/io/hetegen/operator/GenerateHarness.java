package io.hetegen.operator;

import io.hetegen.engine.Engine;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.StreamTask;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/** One subtask of the operator on a fake engine; mails run when the test says so. */
final class GenerateHarness implements AutoCloseable {

    static final int MAX_PARALLELISM = 16;

    private static long nextOffset;

    final KeyedOneInputStreamOperatorTestHarness<String, Envelope, Answer> flink;
    final FakeEngines engines;
    private long checkpoint;

    private GenerateHarness(Engine engine, Configuration configuration, int parallelism, int subtask) throws Exception {
        this(new FakeEngines(engine), configuration, parallelism, subtask);
    }

    private GenerateHarness(FakeEngines engines, Configuration configuration, int parallelism, int subtask)
            throws Exception {
        this(engines, new GenerateFunction(new TestDecoder(), configuration, engines.provider()), parallelism, subtask);
    }

    private GenerateHarness(FakeEngines engines, GenerateFunction function, int parallelism, int subtask)
            throws Exception {
        this.engines = engines;
        flink = new KeyedOneInputStreamOperatorTestHarness<>(
                new GenerateOperatorFactory(function),
                new RecordKey(),
                Types.STRING,
                MAX_PARALLELISM,
                parallelism,
                subtask);
        flink.setup(AnswerSerializer.INSTANCE);
    }

    static Configuration configuration(int generating, long admittedBytes) {
        Configuration configuration = new Configuration();
        configuration.set(GenerateOptions.MODEL_PATH, "fake.gguf");
        configuration.set(GenerateOptions.GENERATING, generating);
        configuration.set(GenerateOptions.ADMITTED, new MemorySize(admittedBytes));
        return configuration;
    }

    /** The bundled model, and an engine that outlives the subtask. */
    static Configuration demoConfiguration() {
        Configuration configuration = configuration(2, 1 << 20);
        configuration.set(GenerateOptions.MODEL_PATH, System.getProperty("hetegen.demo.model"));
        configuration.set(GenerateOptions.THREADS, 1);
        return configuration;
    }

    static GenerateHarness open(Engine engine) throws Exception {
        return open(engine, configuration(4, 1 << 20));
    }

    static GenerateHarness open(Engine engine, Configuration configuration) throws Exception {
        GenerateHarness harness = new GenerateHarness(engine, configuration, 1, 0);
        harness.flink.open();
        return harness.running();
    }

    static GenerateHarness restore(Engine engine, OperatorSubtaskState state) throws Exception {
        return restore(engine, configuration(4, 1 << 20), state);
    }

    static GenerateHarness restore(Engine engine, Configuration configuration, OperatorSubtaskState state)
            throws Exception {
        return restore(engine, configuration, state, 1, 1, 0);
    }

    static GenerateHarness restore(
            Engine engine,
            Configuration configuration,
            OperatorSubtaskState state,
            int oldParallelism,
            int parallelism,
            int subtask)
            throws Exception {
        GenerateHarness harness = new GenerateHarness(engine, configuration, parallelism, subtask);
        harness.flink.initializeState(AbstractStreamOperatorTestHarness.repartitionOperatorState(
                state, MAX_PARALLELISM, oldParallelism, parallelism, subtask));
        harness.flink.open();
        harness.runMails();
        return harness;
    }

    static Envelope envelope(byte @Nullable [] key, @Nullable String value) {
        byte[] bytes = value == null ? null : value.getBytes(StandardCharsets.UTF_8);
        return new Envelope("prompts", 0, nextOffset++, 0, List.of(), key, bytes);
    }

    static Envelope envelope(String key, @Nullable String value) {
        return envelope(key.getBytes(StandardCharsets.UTF_8), value);
    }

    /** The harness never runs its task, which to the operator looks like a recovery without an end. */
    GenerateHarness running() throws Exception {
        Field isRunning = StreamTask.class.getDeclaredField("isRunning");
        isRunning.setAccessible(true);
        isRunning.set(flink.getOperator().getContainingTask(), true);
        return this;
    }

    void send(String key, String... values) throws Exception {
        for (String value : values) {
            flink.processElement(new StreamRecord<>(envelope(key, value)));
        }
    }

    void sendAt(long timestamp, String key, String value) throws Exception {
        flink.processElement(new StreamRecord<>(envelope(key, value), timestamp));
    }

    void runMails() throws Exception {
        Optional<Mail> mail = flink.getTaskMailbox().tryTake(TaskMailbox.MIN_PRIORITY);
        while (mail.isPresent()) {
            mail.get().run();
            mail = flink.getTaskMailbox().tryTake(TaskMailbox.MIN_PRIORITY);
        }
    }

    OperatorSubtaskState snapshot() throws Exception {
        return flink.snapshot(++checkpoint, checkpoint);
    }

    List<Answer> answers() {
        return flink.extractOutputValues();
    }

    List<String> texts() {
        return answers().stream().map(Answer::text).toList();
    }

    List<DeadLetter> deadLetters() {
        return sideOutput(GenerateOutputs.DEAD_LETTERS);
    }

    List<Preview> previews() {
        return sideOutput(GenerateOutputs.PREVIEWS);
    }

    private <T> List<T> sideOutput(OutputTag<T> tag) {
        Queue<StreamRecord<T>> records = flink.getSideOutput(tag);
        List<T> values = new ArrayList<>();
        if (records != null) {
            records.forEach(record -> values.add(record.getValue()));
        }
        return values;
    }

    /** Keys that have any. */
    int keysInState() {
        return flink.numKeyedStateEntries();
    }

    @Override
    public void close() throws Exception {
        flink.close();
        engines.close();
    }
}
