package io.hetegen.engine.linear;

import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaEvent;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.plan.Lane;
import io.hetegen.engine.plan.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * What CPU, pinning, copies and GPU really did and when, as against a plan's prediction. Device times come from timed
 * events in the streams, so a traced pass takes a little longer than others. For the thread of its {@link Accelerator}.
 */
public final class LaneTrace {

    private static final double NANOS = 1e9;
    private static final double MILLIS = 1e3;

    private final CudaDevice device;
    private final LongSupplier clock;
    private final long start;
    private final CudaEvent origin;
    private final List<Span> spans = new ArrayList<>();
    private final List<Pending> pending = new ArrayList<>();

    private record Pending(Lane lane, String label, CudaEvent begin, CudaEvent end) {}

    /** Waits for the stream, so that a moment of the device is known by the host's clock. */
    LaneTrace(CudaDevice device, CudaStream stream, LongSupplier clock) {
        this.device = device;
        this.clock = clock;
        this.origin = device.timedEvent();
        stream.record(origin);
        origin.synchronize();
        this.start = clock.getAsLong();
    }

    /** On the host's clock, for {@link #host}. */
    long now() {
        return clock.getAsLong();
    }

    /** The host worked from a moment until now. */
    void host(Lane lane, String label, long from) {
        spans.add(new Span(lane, label, (from - start) / NANOS, (now() - start) / NANOS));
    }

    /** What is enqueued from here on is one piece of work, until {@link #end}. */
    CudaEvent begin(CudaStream stream) {
        CudaEvent begin = device.timedEvent();
        stream.record(begin);
        return begin;
    }

    void end(Lane lane, String label, CudaStream stream, CudaEvent begin) {
        CudaEvent end = device.timedEvent();
        stream.record(end);
        pending.add(new Pending(lane, label, begin, end));
    }

    /** All pieces of work in seconds from the trace's start; waits for those that run. Nothing is recorded afterwards. */
    List<Span> end() {
        device.bindThread();
        for (Pending work : pending) {
            work.end().synchronize();
            spans.add(new Span(
                    work.lane(),
                    work.label(),
                    work.begin().millisecondsSince(origin) / MILLIS,
                    work.end().millisecondsSince(origin) / MILLIS));
            work.begin().close();
            work.end().close();
        }
        pending.clear();
        origin.close();
        return List.copyOf(spans);
    }
}
