package io.hetegen.jobs.demo;

import io.hetegen.operator.GenerateStream;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFilterFunction;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** Fails its task once: on the job's first attempt, when it has seen so many elements. Lets nothing through. */
final class FailOnce<T> extends RichFilterFunction<T> {

    private static final long serialVersionUID = 1L;
    private static final String UID = "hetegen-chaos";

    private final int elements;
    private int seen;
    private boolean armed;

    private FailOnce(int elements) {
        this.elements = elements;
    }

    /** Hangs the failure beside the sinks of the job in {@code environment}, behind {@code answers} of one subtask. */
    static void attach(StreamExecutionEnvironment environment, int answers) {
        Transformation<?> generate = environment.getTransformations().stream()
                .flatMap(transformation -> transformation.getTransitivePredecessors().stream())
                .filter(transformation -> GenerateStream.UID.equals(transformation.getUid()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("the job has no operator " + GenerateStream.UID));
        attach(new DataStream<>(environment, generate), answers);
    }

    private static <T> void attach(DataStream<T> stream, int answers) {
        stream.filter(new FailOnce<>(answers))
                .uid(UID)
                .name(UID)
                .sinkTo(new DiscardingSink<>())
                .uid(UID + "-end")
                .name(UID + "-end");
    }

    @Override
    public void open(OpenContext context) {
        armed = getRuntimeContext().getTaskInfo().getAttemptNumber() == 0;
    }

    @Override
    public boolean filter(T element) {
        seen++;
        if (armed && seen >= elements) {
            throw new IllegalStateException("the failure that --chaos asked for, at answer " + seen);
        }
        return false;
    }
}
