package io.hetegen.operator;

import static io.hetegen.operator.GenerateHarness.configuration;
import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.GpuShare;
import io.hetegen.engine.GpuStats;
import io.hetegen.engine.plan.GroupKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.Test;

class GenerateMetricsTest {

    private final FakeEngine engine = new FakeEngine();

    @Test
    void everyOutcomeIsCounted() throws Exception {
        OperatorSubtaskState state;
        try (GenerateHarness harness = GenerateHarness.open(engine)) {
            harness.send("a", "a1", "?", "!", "b1");
            harness.flink.processElement(new StreamRecord<>(GenerateHarness.envelope("a", null)));
            engine.generate("a1", 3);
            engine.finish("a1");
            engine.generate("b1", 2);
            harness.runMails();
            GenerateMetrics metrics = metrics(harness);
            assertThat(metrics.answers.getCount()).isEqualTo(1);
            assertThat(metrics.tombstones.getCount()).isEqualTo(1);
            assertThat(metrics.attempts.getCount()).isEqualTo(2);
            assertThat(metrics.tokensGenerated.getCount()).isEqualTo(5);
            state = harness.snapshot();
        }
        try (GenerateHarness harness = GenerateHarness.restore(new FakeEngine(), state)) {
            assertThat(metrics(harness).resumed.getCount()).isEqualTo(1);
            assertThat(metrics(harness).restarted.getCount()).isZero();
        }
        try (GenerateHarness harness = GenerateHarness.restore(new FakeEngine("beef"), state)) {
            assertThat(metrics(harness).resumed.getCount()).isZero();
            assertThat(metrics(harness).restarted.getCount()).isEqualTo(1);
        }
    }

    @Test
    void theBacklogIsShown() throws Exception {
        try (GenerateHarness harness = GenerateHarness.open(engine, configuration(2, 1 << 20))) {
            Map<String, Metric> metrics = new TreeMap<>();
            GenerateOperator operator = (GenerateOperator) harness.flink.getOperator();
            operator.watch(new GenerateMetrics(new Recording("", metrics), engine));
            harness.send("a", "a1", "a2", "a3");
            engine.finish("a2");
            harness.runMails();
            assertThat(gauge(metrics, ".hetegen.generating")).isEqualTo(2);
            assertThat(gauge(metrics, ".hetegen.waitingRecords")).isEqualTo(0);
            assertThat(gauge(metrics, ".hetegen.heldRecords")).isEqualTo(1);
            assertThat((Long) gauge(metrics, ".hetegen.idleBytes")).isPositive();
            assertThat(gauge(metrics, ".hetegen.engine.active")).isEqualTo(2L);
        }
    }

    @Test
    void theGpusPartOfEachKindOfGroupIsShown() {
        GpuShare decode = new GpuShare(0.5, Map.of(GroupKind.MLP_DOWN, 0.25, GroupKind.OUTPUT, 1.0));
        GpuShare prefill = new GpuShare(0.75, Map.of(GroupKind.QUERY_KEY_VALUE, 0.996));
        engine.gpu = new GpuStats(1, 2, decode, prefill, 0, 0, Optional.empty());
        Map<String, Metric> metrics = new TreeMap<>();
        assertThat(new GenerateMetrics(new Recording("", metrics), engine)).isNotNull();

        assertThat(gauge(metrics, ".hetegen.engine.gpu.decodeSharePercent")).isEqualTo(50L);
        assertThat(gauge(metrics, ".hetegen.engine.gpu.prefillSharePercent")).isEqualTo(75L);
        assertThat(gauge(metrics, ".hetegen.engine.gpu.group.down.decodeSharePercent"))
                .isEqualTo(25L);
        assertThat(gauge(metrics, ".hetegen.engine.gpu.group.output.decodeSharePercent"))
                .isEqualTo(100L);
        assertThat(gauge(metrics, ".hetegen.engine.gpu.group.qkv.prefillSharePercent"))
                .isEqualTo(100L);
        assertThat(gauge(metrics, ".hetegen.engine.gpu.group.up.decodeSharePercent"))
                .isEqualTo(0L);
    }

    @Test
    void theDocumentationNamesEveryMetric() throws Exception {
        Map<String, Metric> metrics = new TreeMap<>();
        try (GenerateHarness harness = GenerateHarness.open(engine)) {
            ((GenerateOperator) harness.flink.getOperator())
                    .watch(new GenerateMetrics(new Recording("", metrics), engine));
        }
        String page = Files.readString(Path.of("..", "docs", "operator.md"));
        assertThat(metrics).hasSizeGreaterThan(20);
        metrics.keySet()
                .forEach(name -> assertThat(page)
                        .contains("`"
                                + name.replaceFirst("^\\.hetegen\\.", "")
                                        .replaceFirst("cause\\.[a-z-]*\\.", "")
                                        .replaceFirst("group\\.[a-z]*\\.", "group.")
                                + "`"));
    }

    private static GenerateMetrics metrics(GenerateHarness harness) {
        return ((GenerateOperator) harness.flink.getOperator())
                .getUserFunction()
                .metrics();
    }

    private static Object gauge(Map<String, Metric> metrics, String name) {
        return ((Gauge<?>) Objects.requireNonNull(metrics.get(name), name)).getValue();
    }

    /** Writes down what is registered under which name. */
    private static final class Recording extends UnregisteredMetricsGroup {
        private final String path;
        private final Map<String, Metric> metrics;

        Recording(String path, Map<String, Metric> metrics) {
            this.path = path;
            this.metrics = metrics;
        }

        @Override
        public MetricGroup addGroup(String name) {
            return new Recording(path + '.' + name, metrics);
        }

        @Override
        public MetricGroup addGroup(String key, String value) {
            return addGroup(key).addGroup(value);
        }

        @Override
        public Counter counter(String name) {
            Counter counter = super.counter(name);
            metrics.put(path + '.' + name, counter);
            return counter;
        }

        @Override
        public <C extends Counter> C counter(String name, C counter) {
            metrics.put(path + '.' + name, counter);
            return counter;
        }

        @Override
        public <T, G extends Gauge<T>> G gauge(String name, G gauge) {
            metrics.put(path + '.' + name, gauge);
            return gauge;
        }

        @Override
        public <H extends Histogram> H histogram(String name, H histogram) {
            metrics.put(path + '.' + name, histogram);
            return histogram;
        }
    }
}
