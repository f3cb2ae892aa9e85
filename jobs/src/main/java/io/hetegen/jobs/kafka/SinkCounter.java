package io.hetegen.jobs.kafka;

import java.io.Serializable;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.metrics.Counter;
import org.jspecify.annotations.Nullable;

/**
 * A metric of a serializer, registered once however often that is opened. The sink opens its serializer for every writer
 * that it makes, two when it starts; Flink reports only the first metric of a name, so the second would count unseen.
 */
final class SinkCounter implements Serializable {

    private static final long serialVersionUID = 1L;

    private final String name;
    private transient @Nullable Counter counter;

    SinkCounter(String name) {
        this.name = name;
    }

    void open(SerializationSchema.InitializationContext context) {
        if (counter == null) {
            counter = context.getMetricGroup().counter(name);
        }
    }

    /** Counts nothing before {@link #open}. */
    void inc() {
        if (counter != null) {
            counter.inc();
        }
    }
}
