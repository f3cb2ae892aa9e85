package io.hetegen.operator;

import io.hetegen.engine.EngineClosedException;
import io.hetegen.engine.InvalidRequestException;
import io.hetegen.engine.Sequence;
import io.hetegen.engine.SequenceSnapshot;
import io.hetegen.engine.SnapshotMismatchException;
import io.hetegen.operator.AdmissionOrder.Entry;
import io.hetegen.operator.InFlight.Complete;
import io.hetegen.operator.InFlight.Generating;
import io.hetegen.operator.InFlight.Waiting;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractUdfStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Generates answers on the engine's own thread while the task stays free for checkpoints.
 *
 * <ul>
 *   <li><b>Outcome</b>: every record with a value leaves exactly one {@link Answer} or one {@link DeadLetter}; a record
 *       without a value (tombstone) leaves nothing and is counted.
 *   <li><b>Order</b>: records of a key are generated concurrently and leave in the order they were admitted, dead letters
 *       included. Records without a key are ordered with nothing.
 *   <li><b>State</b>: keyed, one {@link InFlight} per record from its admission until its answer is out: the original
 *       bytes, the attempt, and the tokens generated so far or the complete answer that waits for its turn.
 *   <li><b>Checkpoints</b> never wait for the engine: they write the immutable snapshot that it published with its last
 *       token, of those sequences only that have moved since the last checkpoint.
 *   <li><b>Replay</b>: after a restore a generation continues at the token its snapshot reached, and its answer is the one
 *       that an uninterrupted run gives. With a snapshot that does not fit the engine it begins anew, which is counted.
 *       With {@link GenerateOptions#NUMERICS} fast there is still one answer, but what is generated again may be another:
 *       the prompt and the tokens so far are taken in anew, and fast products depend on what shares a pass with them.
 *   <li><b>Rescale</b>: at any parallelism up to the maximum; the order within a key is kept.
 *   <li><b>Watermarks</b> stay below the oldest record in flight, after a restore too. Answers carry the timestamp of
 *       their record.
 *   <li><b>End</b>: the end of the input waits for all answers; a stop with a savepoint leaves the unfinished in state.
 *   <li><b>Failures</b>: what a record is to blame for (undecodable, invalid, too late, not to be generated) is its dead
 *       letter; anything else, a broken engine too, fails the task, and the records are replayed.
 * </ul>
 *
 * <p>Two limits: {@link GenerateOptions#GENERATING} records are in the engine, {@link GenerateOptions#ADMITTED} bytes wait
 * in state; above the second the operator stops its input and yields to the whole task, checkpoints included, for which
 * it must be the head of its chain.
 */
final class GenerateOperator extends AbstractUdfStreamOperator<Answer, GenerateFunction>
        implements OneInputStreamOperator<Envelope, Answer>, BoundedOneInput {

    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(GenerateOperator.class);

    private static final MapStateDescriptor<Long, InFlight> IN_FLIGHT =
            new MapStateDescriptor<>("in-flight", LongSerializer.INSTANCE, InFlightSerializer.INSTANCE);

    private final transient MailboxExecutor mailbox;
    private final transient AdmissionOrder order = new AdmissionOrder();
    private final transient Map<Long, Generation> generations = new ConcurrentHashMap<>();
    private final transient WatermarkHold watermarks;
    private final transient EngineEvents events;
    private final transient DrainBarriers barriers;
    private final transient GenerateSettings settings;

    private transient MapState<Long, InFlight> state;
    private transient List<String> releasableKeys = List.of();
    private long nextTicket;
    private boolean finished;

    @SuppressWarnings("NullAway.Init") // Flink calls initializeState before anything that reads state.
    GenerateOperator(GenerateFunction function, StreamOperatorParameters<Answer> parameters) {
        super(function);
        settings = function.settings();
        // The lowest priority takes every mail, barriers included; the operator's own would take only those of its
        // chain.
        mailbox = parameters.getContainingTask().getMailboxExecutorFactory().createExecutor(TaskMailbox.MIN_PRIORITY);
        processingTimeService = parameters.getProcessingTimeService();
        setup(parameters.getContainingTask(), parameters.getStreamConfig(), parameters.getOutput());
        watermarks = new WatermarkHold(output);
        events = new EngineEvents(mailbox, this::onEvent);
        barriers = new DrainBarriers(parameters.getContainingTask(), mailbox);
    }

    // ------------------------------------------------------------------ life cycle

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        state = context.getKeyedStateStore().getMapState(IN_FLIGHT);
        if (context.isRestored()) {
            restore();
        }
    }

    private void restore() throws Exception {
        AdmissionOrder.Restore restore = order.new Restore();
        Map<Entry, InFlight> restored = new LinkedHashMap<>();
        this.<String>getKeyedStateBackend()
                .applyToAllKeys(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, IN_FLIGHT, (key, records) -> {
                    for (Map.Entry<Long, InFlight> entry : records.entries()) {
                        InFlight inFlight = entry.getValue().nextAttempt();
                        restored.put(restore.add(key, entry.getKey(), inFlight), inFlight);
                        watermarks.add(inFlight.timestamp());
                    }
                });
        releasableKeys = restore.finish();
        for (Map.Entry<Entry, InFlight> entry : restored.entrySet()) {
            setCurrentKey(entry.getKey().key);
            state.put(entry.getKey().admission, entry.getValue());
        }
        LOG.info("Restored {} records in flight.", restored.size());
    }

    @Override
    public void open() throws Exception {
        super.open();
        watch(userFunction.metrics());
        if (!order.isEmpty()) {
            // By mail, because a chained sink may open later than this operator.
            mailbox.execute(this::takeUpRestored, "records restored from state");
        }
    }

    void watch(GenerateMetrics metrics) {
        metrics.watch(order, generations::size);
    }

    private void takeUpRestored() throws Exception {
        if (!finished) {
            for (String key : releasableKeys) {
                releaseHeld(key);
            }
            releasableKeys = List.of();
        }
        startWaiting();
    }

    @Override
    public void endInput() throws Exception {
        barriers.beginDrain();
        while (!order.isEmpty()) {
            mailbox.yield();
        }
        barriers.endDrain();
    }

    /** After this nothing may leave: what is still generated belongs to the savepoint that stops the job. */
    @Override
    public void finish() throws Exception {
        finished = true;
        super.finish();
    }

    @Override
    public void close() throws Exception {
        events.close();
        try {
            generations.values().forEach(Generation::cancel);
            generations.clear();
            userFunction.close();
        } finally {
            super.close();
        }
    }

    // ------------------------------------------------------------------ input

    @Override
    public void processElement(StreamRecord<Envelope> element) throws Exception {
        Envelope envelope = element.getValue();
        if (envelope.value() == null) {
            userFunction.metrics().tombstones.inc();
            return;
        }
        @Nullable Long timestamp = element.hasTimestamp() ? element.getTimestamp() : null;
        InFlight inFlight = new InFlight(envelope, timestamp, 1, Waiting.INSTANCE);
        Entry entry = order.admit((String) getCurrentKey(), inFlight);
        state.put(entry.admission, inFlight);
        watermarks.add(timestamp);
        startWaiting();
        // Not while the task takes in the records of an unaligned checkpoint: until it has, no checkpoint is possible.
        while (getContainingTask().isRunning()
                && order.idleBytes() > settings.admitted().getBytes()) {
            mailbox.yield();
        }
    }

    @Override
    public void processWatermark(Watermark mark) {
        watermarks.onWatermark(mark.getTimestamp());
    }

    @Override
    public void processWatermarkStatus(WatermarkStatus status) {
        watermarks.onStatus(status);
    }

    // ------------------------------------------------------------------ generation

    private void startWaiting() throws Exception {
        while (!finished && generations.size() < settings.generating()) {
            Entry next = order.pollWaiting();
            if (next == null) {
                return;
            }
            start(next);
        }
    }

    private void start(Entry entry) throws Exception {
        setCurrentKey(entry.key);
        InFlight inFlight = state.get(entry.admission);
        try {
            PromptRequest prompt = userFunction.decode(inFlight.envelope());
            if (isPast(prompt.deadline())) {
                complete(entry, inFlight, tooLate(inFlight, prompt, "before it was generated"));
                return;
            }
            long ticket = nextTicket++;
            Sequence sequence = sequence(ticket, inFlight, prompt);
            generations.put(ticket, new Generation(entry, inFlight, prompt, sequence));
            userFunction.metrics().attempts.inc();
        } catch (UndecodableRecordException undecodable) {
            complete(entry, inFlight, inFlight.deadLetter(DeadLetter.Cause.UNDECODABLE, undecodable.getMessage()));
        } catch (InvalidRequestException invalid) {
            complete(entry, inFlight, inFlight.deadLetter(DeadLetter.Cause.INVALID_REQUEST, invalid.getMessage()));
        }
    }

    private Sequence sequence(long ticket, InFlight inFlight, PromptRequest prompt) {
        GenerateMetrics metrics = userFunction.metrics();
        if (inFlight.progress() instanceof Generating generating) {
            try {
                SequenceSnapshot snapshot = SequenceSnapshot.fromBytes(generating.snapshot());
                SequenceRelay relay = relay(ticket, snapshot.generatedIds().size());
                Sequence sequence = userFunction.engine().resume(snapshot, relay);
                metrics.resumed.inc();
                return sequence;
            } catch (SnapshotMismatchException mismatch) {
                LOG.warn("{} begins anew: {}", inFlight.envelope(), mismatch.getMessage());
                metrics.restarted.inc();
            }
        }
        return userFunction.engine().submit(prompt.request(), relay(ticket, 0));
    }

    private SequenceRelay relay(long ticket, int firstIndex) {
        return new SequenceRelay(
                events, userFunction.metrics().tokensGenerated, ticket, settings.previewTokens(), firstIndex);
    }

    /** Runs in the task's thread, between records or within a yield. */
    private void onEvent(EngineEvent event) throws Exception {
        if (event instanceof EngineEvent.Piece piece) {
            Generation generation = generations.get(piece.ticket());
            if (generation != null && !finished) {
                sideOutput(GenerateOutputs.PREVIEWS, generation.preview(piece), generation.entry.timestamp);
            }
        } else if (event instanceof EngineEvent.Finished answered) {
            onFinished(answered);
        } else if (event instanceof EngineEvent.Failed failed) {
            onFailed(failed);
        }
    }

    private void onFinished(EngineEvent.Finished answered) throws Exception {
        Generation generation = generations.remove(answered.ticket());
        if (generation != null) {
            userFunction.metrics().finished(answered.result().timings());
            InFlight inFlight = generation.inFlight;
            Outcome outcome = isPast(generation.prompt.deadline())
                    ? tooLate(inFlight, generation.prompt, "while it was generated")
                    : userFunction.answer(inFlight, generation.prompt, answered.result());
            complete(generation.entry, inFlight, outcome);
            startWaiting();
        }
    }

    private void onFailed(EngineEvent.Failed failed) throws Exception {
        if (failed.failure() instanceof EngineClosedException closed) {
            // Not the record's fault: the task restarts, and a new engine goes on from the last checkpoint.
            throw closed;
        }
        Generation generation = generations.remove(failed.ticket());
        if (generation != null) {
            InFlight inFlight = generation.inFlight;
            String reason = failed.failure().getMessage();
            complete(generation.entry, inFlight, inFlight.deadLetter(DeadLetter.Cause.GENERATION_FAILED, reason));
            startWaiting();
        }
    }

    // ------------------------------------------------------------------ output

    private void complete(Entry entry, InFlight inFlight, Outcome outcome) throws Exception {
        if (!finished && order.isOldestOfKey(entry)) {
            emit(entry, outcome);
            releaseHeld(entry.key);
        } else {
            setCurrentKey(entry.key);
            state.put(entry.admission, inFlight.with(new Complete(outcome)));
            order.hold(entry);
        }
    }

    private void releaseHeld(String key) throws Exception {
        for (Entry entry = order.releasable(key); entry != null; entry = order.releasable(key)) {
            setCurrentKey(key);
            emit(entry, ((Complete) state.get(entry.admission).progress()).outcome());
        }
    }

    private void emit(Entry entry, Outcome outcome) throws Exception {
        if (outcome instanceof Answer answer) {
            output.collect(record(answer, entry.timestamp));
        } else if (outcome instanceof DeadLetter deadLetter) {
            sideOutput(GenerateOutputs.DEAD_LETTERS, deadLetter, entry.timestamp);
        }
        userFunction.metrics().count(outcome);
        setCurrentKey(entry.key);
        state.remove(entry.admission);
        order.remove(entry);
        watermarks.remove(entry.timestamp);
    }

    private <T> void sideOutput(OutputTag<T> tag, T value, @Nullable Long timestamp) {
        output.collect(tag, record(value, timestamp));
    }

    private static <T> StreamRecord<T> record(T value, @Nullable Long timestamp) {
        return timestamp == null ? new StreamRecord<>(value) : new StreamRecord<>(value, timestamp);
    }

    private boolean isPast(Optional<Instant> deadline) {
        Instant now = Instant.ofEpochMilli(processingTimeService.getCurrentProcessingTime());
        return deadline.isPresent() && now.isAfter(deadline.get());
    }

    private static DeadLetter tooLate(InFlight inFlight, PromptRequest prompt, String when) {
        Instant deadline = prompt.deadline().orElseThrow();
        return inFlight.deadLetter(DeadLetter.Cause.DEADLINE_EXCEEDED, "the deadline " + deadline + " passed " + when);
    }

    // ------------------------------------------------------------------ checkpoints

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        for (Generation generation : generations.values()) {
            Optional<InFlight> moved = generation.moved();
            if (moved.isPresent()) {
                setCurrentKey(generation.entry.key);
                state.put(generation.entry.admission, moved.get());
            }
        }
        barriers.onSnapshot(context.getCheckpointId(), context.getCheckpointTimestamp());
    }
}
