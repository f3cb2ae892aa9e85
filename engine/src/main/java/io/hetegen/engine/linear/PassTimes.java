package io.hetegen.engine.linear;

import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaEvent;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.plan.Lane;
import io.hetegen.engine.plan.Span;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How long passes and the lanes in them take: the sums for ratios and metrics, and each piece of work while a trace is
 * recorded. For the thread of its {@link Accelerator}, but for the sums.
 */
final class PassTimes {

    private final CudaDevice device;
    private final CudaStream compute;
    private final AtomicLong cpuNanos = new AtomicLong();
    private final AtomicLong waitedNanos = new AtomicLong();
    private int tokens;
    private long start;
    private long waitedBefore;
    private @Nullable LaneTrace trace;

    PassTimes(CudaDevice device, CudaStream compute) {
        this.device = device;
        this.compute = compute;
    }

    /** A pass over so many tokens begins. */
    void begin(int passTokens) {
        tokens = passTokens;
        start = System.nanoTime();
        waitedBefore = waitedNanos.get();
    }

    /** It is over. */
    void end(PassRatios ratios) {
        ratios.passed(tokens, System.nanoTime() - start, waitedNanos.get() - waitedBefore);
    }

    /** The CPU waited for the GPU. */
    void waited(long nanos) {
        waitedNanos.addAndGet(nanos);
    }

    /** From a moment until now the CPU multiplied. */
    void cpuWorked(String label, long fromNanos) {
        cpuNanos.addAndGet(System.nanoTime() - fromNanos);
        hostWorked(Lane.CPU, label, fromNanos);
    }

    /** From a moment until now the host did something that only a trace wants to know. */
    void hostWorked(Lane lane, String label, long fromNanos) {
        if (trace != null) {
            trace.host(lane, label, fromNanos);
        }
    }

    /** What is enqueued from here on is one piece of work, until {@link #workEnds}. Null if there is no trace. */
    @Nullable
    CudaEvent workBegins(CudaStream stream) {
        return trace == null ? null : trace.begin(stream);
    }

    void workEnds(@Nullable CudaEvent begin, Lane lane, String label, CudaStream stream) {
        if (trace != null && begin != null) {
            trace.end(lane, label, stream, begin);
        }
    }

    void beginTrace() {
        trace = new LaneTrace(device, compute, System::nanoTime);
    }

    List<Span> endTrace() {
        LaneTrace recorded = trace;
        trace = null;
        return recorded == null ? List.of() : recorded.end();
    }

    /** In all; from any thread. */
    long cpuNanos() {
        return cpuNanos.get();
    }

    /** In all; from any thread. */
    long waitedNanos() {
        return waitedNanos.get();
    }
}
