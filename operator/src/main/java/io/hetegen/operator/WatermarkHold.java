package io.hetegen.operator;

import java.util.TreeMap;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the output's watermark below the oldest record in flight, so that no answer is late because it took long. While
 * records are in flight the output is not idle either: downstream would go on without their answers.
 */
final class WatermarkHold {

    private final Output<?> output;
    private final TreeMap<Long, Integer> timestamps = new TreeMap<>();
    private int inFlight;
    private long input = Long.MIN_VALUE;
    private long emitted = Long.MIN_VALUE;
    private WatermarkStatus inputStatus = WatermarkStatus.ACTIVE;
    private WatermarkStatus emittedStatus = WatermarkStatus.ACTIVE;

    WatermarkHold(Output<?> output) {
        this.output = output;
    }

    /** @param timestamp null holds no watermark back, only idleness */
    void add(@Nullable Long timestamp) {
        inFlight++;
        if (timestamp != null) {
            timestamps.merge(timestamp, 1, Integer::sum);
        }
        emit();
    }

    /** Called after the record's answer is out. */
    void remove(@Nullable Long timestamp) {
        inFlight--;
        if (timestamp != null) {
            timestamps.computeIfPresent(timestamp, (key, count) -> count == 1 ? null : count - 1);
        }
        emit();
    }

    void onWatermark(long timestamp) {
        input = Math.max(input, timestamp);
        emit();
    }

    void onStatus(WatermarkStatus status) {
        inputStatus = status;
        emit();
    }

    private void emit() {
        boolean idle = inputStatus.isIdle() && inFlight == 0;
        if (!idle && emittedStatus.isIdle()) {
            emitStatus(WatermarkStatus.ACTIVE);
        }
        long watermark = Math.min(input, limit());
        if (watermark > emitted) {
            emitted = watermark;
            output.emitWatermark(new Watermark(watermark));
        }
        if (idle && emittedStatus.isActive()) {
            emitStatus(WatermarkStatus.IDLE);
        }
    }

    private long limit() {
        if (timestamps.isEmpty()) {
            return Long.MAX_VALUE;
        }
        long oldest = timestamps.firstKey();
        return oldest == Long.MIN_VALUE ? oldest : oldest - 1;
    }

    private void emitStatus(WatermarkStatus status) {
        emittedStatus = status;
        output.emitWatermarkStatus(status);
    }
}
