package io.hetegen.engine.linear;

import io.hetegen.engine.device.cpu.HostMemory;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaEvent;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.device.cuda.DeviceBuffer;
import io.hetegen.engine.device.cuda.MappedBuffer;
import io.hetegen.engine.device.cuda.RegisteredMemory;
import io.hetegen.engine.plan.Lane;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.WeightArena;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model's weights in the host's memory as the source of copies. They are page-locked where they lie, so that no staging
 * copy is needed; what the driver refuses to lock goes through a pinned ring, in the calling thread. Closed with the
 * device.
 */
final class HostWeights {

    private static final Logger LOG = LoggerFactory.getLogger(HostWeights.class);
    private static final int STAGES = 4;
    private static final int STAGE_BYTES = 1 << 20;

    private final TreeMap<Long, RegisteredMemory> byAddress = new TreeMap<>();
    private final PassTimes times;
    private final MappedBuffer staging;
    private final CudaEvent[] staged = new CudaEvent[STAGES];
    private int nextStage;

    HostWeights(CudaDevice device, WeightArena arena, PassTimes times) {
        this.times = times;
        long refused = 0;
        String why = "";
        for (HostMemory memory : arena.memory()) {
            if (memory.address() == 0) {
                refused += memory.bytes();
                why = "there is no native library";
                continue;
            }
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
        long direct = copyLocked(stream, weights.address(tile), bytes, to, at);
        ByteBuffer rest = weights.chunk(tile);
        int from = weights.offset(tile);
        for (long done = direct; done < bytes; ) {
            int piece = (int) Math.min(STAGE_BYTES, bytes - done);
            stage(stream, rest.slice(Math.toIntExact(from + done), piece), to, at + done);
            done += piece;
        }
    }

    /** As many of the first bytes as lie in locked memory; returns how many. */
    private long copyLocked(CudaStream stream, long address, long bytes, DeviceBuffer to, long at) {
        Map.Entry<Long, RegisteredMemory> memory = byAddress.floorEntry(address);
        if (memory == null) {
            return 0;
        }
        long start = address - memory.getKey();
        long direct = Math.min(bytes, memory.getValue().bytes() - start);
        if (direct <= 0) {
            return 0;
        }
        stream.copy(memory.getValue(), start, to, at, direct);
        return direct;
    }

    private void stage(CudaStream stream, ByteBuffer piece, DeviceBuffer to, long at) {
        int stage = nextStage;
        nextStage = (nextStage + 1) % STAGES;
        staged[stage].synchronize();
        int bytes = piece.remaining();
        long start = System.nanoTime();
        staging.view().position(stage * STAGE_BYTES).put(piece);
        times.hostWorked(Lane.PIN, "stage", start);
        stream.copy(staging, (long) stage * STAGE_BYTES, to, at, bytes);
        stream.record(staged[stage]);
    }
}
