package io.hetegen.operator;

import io.hetegen.engine.Engine;
import io.hetegen.engine.EngineStats;
import io.hetegen.engine.GenerationResult;
import io.hetegen.engine.GpuShare;
import io.hetegen.engine.plan.GroupKind;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;
import org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram;

/** The operator's metrics, in the group {@code hetegen} of the operator; {@code docs/operator.md} lists them. */
final class GenerateMetrics {

    private static final int HISTOGRAM_WINDOW = 1_000;
    private static final long NANOS_PER_MILLI = 1_000_000L;

    final Counter answers;
    final Counter tombstones;
    /** A prompt was taken up: submitted or resumed. */
    final Counter attempts;
    /** Continued from a snapshot. */
    final Counter resumed;
    /** Had a snapshot that did not fit the engine, and began anew. */
    final Counter restarted;
    /** Counted by the engine's thread. */
    final Counter tokensGenerated = new ThreadSafeSimpleCounter();

    private final Map<DeadLetter.Cause, Counter> deadLetters = new EnumMap<>(DeadLetter.Cause.class);
    private final Histogram timeToFirstToken;
    private final MetricGroup group;

    GenerateMetrics(MetricGroup parent, Engine engine) {
        group = parent.addGroup("hetegen");
        answers = group.counter("answers");
        tombstones = group.counter("tombstones");
        attempts = group.counter("attempts");
        resumed = group.counter("resumed");
        restarted = group.counter("restarted");
        group.counter("tokensGenerated", tokensGenerated);
        for (DeadLetter.Cause cause : DeadLetter.Cause.values()) {
            deadLetters.put(cause, group.addGroup("cause", cause.label()).counter("deadLetters"));
        }
        timeToFirstToken =
                group.histogram("timeToFirstTokenMillis", new DescriptiveStatisticsHistogram(HISTOGRAM_WINDOW));
        MetricGroup engineGroup = group.addGroup("engine");
        gauge(engineGroup, "steps", engine, EngineStats::steps);
        gauge(engineGroup, "prefillTokens", engine, EngineStats::prefillTokens);
        gauge(engineGroup, "generatedTokens", engine, EngineStats::generatedTokens);
        gauge(engineGroup, "active", engine, EngineStats::active);
        gauge(engineGroup, "waiting", engine, EngineStats::waiting);
        gauge(engineGroup, "weightBytes", engine, EngineStats::weightBytes);
        gauge(engineGroup, "kvBytes", engine, EngineStats::kvBytes);
        gpu(engineGroup.addGroup("gpu"), engine);
    }

    private static void gpu(MetricGroup group, Engine engine) {
        gauge(group, "residentBytes", engine, stats -> stats.gpu().residentBytes());
        gauge(group, "streamedBytes", engine, stats -> stats.gpu().streamedBytes());
        shares(group, engine, GpuShare::all);
        for (GroupKind kind : GroupKind.values()) {
            shares(group.addGroup("group", kind.label()), engine, share -> share.of(kind));
        }
        gauge(group, "cpuMillis", engine, stats -> stats.gpu().cpuNanos() / NANOS_PER_MILLI);
        gauge(group, "waitedMillis", engine, stats -> stats.gpu().waitedNanos() / NANOS_PER_MILLI);
        gauge(group, "fallbacks", engine, stats -> stats.gpu().whyLost().isPresent() ? 1 : 0);
    }

    private static void shares(MetricGroup group, Engine engine, ToDoubleFunction<GpuShare> part) {
        gauge(
                group,
                "decodeSharePercent",
                engine,
                stats -> percent(part, stats.gpu().decode()));
        gauge(
                group,
                "prefillSharePercent",
                engine,
                stats -> percent(part, stats.gpu().prefill()));
    }

    private static long percent(ToDoubleFunction<GpuShare> part, GpuShare share) {
        return Math.round(100 * part.applyAsDouble(share));
    }

    /** Adds what the operator itself knows. */
    void watch(AdmissionOrder order, IntSupplier generating) {
        group.gauge("generating", generating::getAsInt);
        group.gauge("waitingRecords", order::waitingRecords);
        group.gauge("heldRecords", order::heldRecords);
        group.gauge("idleBytes", order::idleBytes);
    }

    void count(Outcome outcome) {
        if (outcome instanceof DeadLetter deadLetter) {
            Counter counter = deadLetters.get(deadLetter.cause());
            if (counter != null) {
                counter.inc();
            }
        } else {
            answers.inc();
        }
    }

    void finished(GenerationResult.Timings timings) {
        timeToFirstToken.update((timings.queuedNanos() + timings.prefillNanos()) / NANOS_PER_MILLI);
    }

    private static void gauge(MetricGroup group, String name, Engine engine, ToLongFunction<EngineStats> value) {
        Gauge<Long> gauge = () -> value.applyAsLong(engine.stats());
        group.gauge(name, gauge);
    }
}
