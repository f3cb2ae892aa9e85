package io.hetegen.engine.linear;

import io.hetegen.engine.device.cpu.HostMemory;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaEvent;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.device.cuda.DeviceBuffer;
import io.hetegen.engine.device.cuda.MappedBuffer;
import io.hetegen.engine.device.cuda.RegisteredMemory;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.WeightArena;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model's weights in the host's memory as the source of copies. They are page-locked where they lie, so that no staging
 * copy is needed; what the driver refuses to lock goes through a pinned ring, in the calling thread.
 */
final class HostWeights implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HostWeights.class);
    private static final int STAGES = 4;
    private static final int STAGE_BYTES = 1 << 20;

    private final TreeMap<Long, RegisteredMemory> byAddress = new TreeMap<>();
    private final MappedBuffer staging;
    private final CudaEvent[] staged = new CudaEvent[STAGES];
    private int nextStage;

    HostWeights(CudaDevice device, WeightArena arena) {
        long refused = 0;
        String why = "";
        for (HostMemory memory : arena.memory()) {
            RegisteredMemory registered = device.register(memory.address(), memory.bytes());
            byAddress.put(memory.address(), registered);
            refused += memory.bytes() - registered.bytes();
            why = registered.refusal().orElse(why);
        }
        if (refused > 0) {
            LOG.info("{} MiB of weights are not page-locked and will be staged: {}", refused >> 20, why);
        }
        staging = device.map((long) STAGES * STAGE_BYTES);
        for (int i = 0; i < STAGES; i++) {
            staged[i] = device.event();
        }
    }

    /** Enqueues a copy of tiles to the device, one after the other. */
    void copy(CudaStream stream, RowTiles weights, int firstTile, int tiles, DeviceBuffer to, long offset) {
        long at = offset;
        int end = firstTile + tiles;
        for (int tile = firstTile; tile < end; ) {
            int next = Math.min(end, weights.endOfChunk(tile));
            long bytes = (next - tile) * weights.layout().tileBytes();
            copyRange(stream, weights, tile, bytes, to, at);
            at += bytes;
            tile = next;
        }
    }

    private void copyRange(CudaStream stream, RowTiles weights, int tile, long bytes, DeviceBuffer to, long at) {
        long address = weights.address(tile);
        Map.Entry<Long, RegisteredMemory> memory = byAddress.floorEntry(address);
        if (memory == null) {
            throw new IllegalArgumentException("the weights are not of this arena");
        }
        long start = address - memory.getKey();
        long direct = Math.max(0, Math.min(bytes, memory.getValue().bytes() - start));
        if (direct > 0) {
            stream.copy(memory.getValue(), start, to, at, direct);
        }
        ByteBuffer rest = weights.chunk(tile);
        int from = weights.offset(tile);
        for (long done = direct; done < bytes; ) {
            int piece = (int) Math.min(STAGE_BYTES, bytes - done);
            stage(stream, rest.slice(Math.toIntExact(from + done), piece), to, at + done);
            done += piece;
        }
    }

    private void stage(CudaStream stream, ByteBuffer piece, DeviceBuffer to, long at) {
        int stage = nextStage;
        nextStage = (nextStage + 1) % STAGES;
        staged[stage].synchronize();
        int bytes = piece.remaining();
        staging.view().position(stage * STAGE_BYTES).put(piece);
        stream.copy(staging, (long) stage * STAGE_BYTES, to, at, bytes);
        stream.record(staged[stage]);
    }

    /** The copies must be done. */
    @Override
    public void close() {
        byAddress.values().forEach(RegisteredMemory::close);
        staging.close();
        for (CudaEvent event : staged) {
            event.close();
        }
    }
}
