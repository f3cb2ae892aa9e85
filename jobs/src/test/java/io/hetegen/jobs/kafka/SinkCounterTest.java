package io.hetegen.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.SimpleUserCodeClassLoader;
import org.apache.flink.util.UserCodeClassLoader;
import org.junit.jupiter.api.Test;

class SinkCounterTest {

    private final List<Counter> registered = new ArrayList<>();

    @Test
    void openedForASecondWriterItCountsWhereTheFirstIsReported() {
        SinkCounter counter = new SinkCounter("truncated");

        counter.open(new Context());
        counter.inc();
        counter.open(new Context());
        counter.inc();

        assertThat(registered).singleElement().extracting(Counter::getCount).isEqualTo(2L);
    }

    private final class Context implements SerializationSchema.InitializationContext {

        @Override
        public MetricGroup getMetricGroup() {
            return new UnregisteredMetricsGroup() {
                @Override
                public Counter counter(String name) {
                    registered.add(new SimpleCounter());
                    return registered.get(registered.size() - 1);
                }
            };
        }

        @Override
        public UserCodeClassLoader getUserCodeClassLoader() {
            return SimpleUserCodeClassLoader.create(getClass().getClassLoader());
        }
    }
}
