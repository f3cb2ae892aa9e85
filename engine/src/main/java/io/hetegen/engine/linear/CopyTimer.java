package io.hetegen.engine.linear;

import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaEvent;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.device.cuda.DeviceBuffer;
import io.hetegen.engine.plan.Reservation;
import io.hetegen.engine.tensor.RowTiles;

/** Times copies of weights to the GPU, in the slices and pieces in which tiles are streamed. Nobody reads what arrives. */
final class CopyTimer {

    private static final double MILLIS = 1e3;
    private static final double LEAST_SECONDS = 1e-9;

    /** Most that {@link #keepBusy} enqueues: more pieces than this would fill the driver's own queue. */
    private static final long BUSY_BYTES = 256L << 20;

    /** Keeps the device from what is timed until the host has enqueued all of it. */
    private static final long LEAD_BYTES = 8L << 20;

    private final CudaStream copies;
    private final HostWeights host;
    private final DeviceBuffer landing;
    private final CudaEvent start;
    private final CudaEvent end;
    private long place;
    /** The fastest that was seen. */
    private double bytesPerSecond;

    /** @param landing room for slices */
    CopyTimer(CudaDevice device, CudaStream copies, HostWeights host, DeviceBuffer landing) {
        this.copies = copies;
        this.host = host;
        this.landing = landing;
        this.start = device.timedEvent();
        this.end = device.timedEvent();
    }

    /** Of the first tiles of a linear. */
    double seconds(Linear linear, int tiles) {
        return seconds(linear, tiles, end::synchronize);
    }

    /** The same, during which work is done again and again. */
    double seconds(Linear linear, int tiles, Runnable meanwhile) {
        return seconds(linear, tiles * linear.weights().layout().tileBytes(), meanwhile);
    }

    /** Of so many bytes, or some more: whole tiles are copied. */
    double bytesPerSecond(Linear linear, long bytes, Runnable meanwhile) {
        return bytes / seconds(linear, bytes, meanwhile);
    }

    private double seconds(Linear linear, long bytes, Runnable meanwhile) {
        lead(linear);
        copies.record(start);
        long copied = copy(linear, bytes);
        copies.record(end);
        while (!end.isReached()) {
            meanwhile.run();
        }
        double seconds = Math.max(LEAST_SECONDS, end.millisecondsSince(start) / MILLIS);
        bytesPerSecond = Math.max(bytesPerSecond, copied / seconds);
        return seconds;
    }

    /** Enqueues copies that last so long, as far as was seen, and returns. */
    void keepBusy(Linear linear, double seconds) {
        copy(linear, (long) Math.min(BUSY_BYTES, seconds * bytesPerSecond));
    }

    void drain() {
        copies.synchronize();
    }

    /** Has another stream wait for some copies. */
    void holdBack(CudaStream stream, Linear linear) {
        lead(linear);
        copies.record(end);
        stream.waitFor(end);
    }

    private void lead(Linear linear) {
        copy(linear, Math.min(LEAD_BYTES, linear.weights().bytes()));
    }

    /** Copies tiles from the first on, and again if there are too few; returns their bytes. */
    private long copy(Linear linear, long bytes) {
        RowTiles weights = linear.weights();
        long tileBytes = weights.layout().tileBytes();
        int slice = (int) Math.max(1, landing.bytes() / Reservation.SLICES_IN_RING / tileBytes);
        long tiles = (bytes + tileBytes - 1) / tileBytes;
        for (long done = 0; done < tiles; ) {
            int first = (int) (done % weights.tiles());
            int count = (int) Math.min(Math.min(slice, weights.tiles() - first), tiles - done);
            if (place + count * tileBytes > landing.bytes()) {
                place = 0;
            }
            host.copy(copies, weights, first, count, landing, place);
            place += count * tileBytes;
            done += count;
        }
        return tiles * tileBytes;
    }
}
