package io.hetegen.engine.linear;

import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.device.cuda.DeviceBuffer;
import io.hetegen.engine.device.cuda.OutOfDeviceMemoryException;
import io.hetegen.engine.tensor.RowTiles;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first tiles of each linear in the GPU's memory, in the order of g, the time that a resident byte gains: what gains
 * most comes first and goes last.
 */
final class Residency {

    private static final Logger LOG = LoggerFactory.getLogger(Residency.class);

    private final CudaDevice device;
    private final CudaStream copies;
    private final HostWeights host;
    private final List<RowTiles> weights;
    private final GpuPlan plan;
    private final @Nullable DeviceBuffer[] buffers;

    Residency(CudaDevice device, CudaStream copies, HostWeights host, List<RowTiles> weights, GpuPlan plan) {
        this.device = device;
        this.copies = copies;
        this.host = host;
        this.weights = weights;
        this.plan = plan;
        this.buffers = new DeviceBuffer[weights.size()];
    }

    /** Gives back what is above the budget, as far as it can. Called while no kernel runs. */
    void giveBackExcess() {
        for (int i = weights.size() - 1; i >= 0 && device.budget().excess() > 0; i--) {
            giveBack(plan.order().get(i));
        }
    }

    /** Gives back until the budget has room for so many bytes, as far as it can. Called while no kernel runs. */
    void makeRoom(long bytes) {
        for (int i = weights.size() - 1; i >= 0 && device.budget().available() < bytes; i--) {
            giveBack(plan.order().get(i));
        }
    }

    /** Makes resident what the budget has room for; it has arrived when this returns. */
    void fill() {
        for (int linear : plan.order()) {
            if (buffers[linear] == null && plan.residentTiles().get(linear) > 0 && !fill(linear)) {
                break;
            }
        }
        copies.synchronize();
    }

    private boolean fill(int linear) {
        if (bytes(linear) > device.budget().available()) {
            return false;
        }
        DeviceBuffer buffer;
        try {
            buffer = device.allocate(bytes(linear));
        } catch (OutOfDeviceMemoryException e) {
            LOG.info("no more weights become resident: {}", e.getMessage());
            return false;
        }
        buffers[linear] = buffer;
        host.copy(copies, weights.get(linear), 0, plan.residentTiles().get(linear), buffer, 0);
        return true;
    }

    private void giveBack(int linear) {
        DeviceBuffer buffer = buffers[linear];
        if (buffer != null) {
            buffer.close();
            buffers[linear] = null;
        }
    }

    private long bytes(int linear) {
        return plan.residentTiles().get(linear) * weights.get(linear).layout().tileBytes();
    }

    /** By linear. */
    int[] tiles() {
        int[] tiles = new int[buffers.length];
        for (int i = 0; i < tiles.length; i++) {
            tiles[i] = buffers[i] == null ? 0 : plan.residentTiles().get(i);
        }
        return tiles;
    }

    long residentBytes() {
        long bytes = 0;
        for (int i = 0; i < buffers.length; i++) {
            bytes += buffers[i] == null ? 0 : bytes(i);
        }
        return bytes;
    }

    /** The device's address of a linear's first tile, which must be resident. */
    long address(int linear) {
        DeviceBuffer buffer = buffers[linear];
        if (buffer == null) {
            throw new IllegalStateException("linear " + linear + " is not resident");
        }
        return buffer.address(0);
    }
}
