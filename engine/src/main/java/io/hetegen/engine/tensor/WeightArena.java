package io.hetegen.engine.tensor;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.device.cpu.HostMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory of a model's weights outside the Java heap, in chunks of at most {@link #CHUNK_BYTES}, freed at once by
 * {@link #close()}. The owner must not close it while a kernel reads; {@link #checkOpen()} makes later use an error.
 */
public final class WeightArena implements AutoCloseable {

    /** Below 2 GiB, so that an int indexes a chunk. */
    static final int CHUNK_BYTES = 1 << 30;

    /** Chunks of less than half of it share memory: a system maps in huge pages, and a small model has small matrices. */
    private static final int SLAB_BYTES = 64 << 20;

    private final int chunkBytes;
    private final List<HostMemory> slabs = new ArrayList<>();
    private final List<ByteBuffer> handedOut = new ArrayList<>();
    private ByteBuffer rest = ByteBuffer.allocate(0);
    private long bytes;
    private boolean closed;

    public WeightArena() {
        this(CHUNK_BYTES);
    }

    /** With smaller chunks. */
    WeightArena(int chunkBytes) {
        this.chunkBytes = chunkBytes;
    }

    /** Most bytes of a chunk. */
    int chunkBytes() {
        return chunkBytes;
    }

    /**
     * Little-endian memory of {@code size} zero bytes that starts on a page.
     *
     * @throws ModelException if there is not that much memory left
     */
    public synchronized ByteBuffer allocate(int size) {
        checkOpen();
        if (size > chunkBytes) {
            throw new IllegalArgumentException("a chunk has at most " + chunkBytes + " bytes, not " + size);
        }
        ByteBuffer memory = size < SLAB_BYTES / 2 ? ofSlab(size) : slab(size);
        bytes += size;
        handedOut.add(memory);
        return memory.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteBuffer ofSlab(int size) {
        if (size > rest.capacity()) {
            rest = slab(SLAB_BYTES);
        }
        ByteBuffer memory = rest.slice(0, size);
        int used = Math.min(rest.capacity(), (size + HostMemory.PAGE - 1) / HostMemory.PAGE * HostMemory.PAGE);
        rest = rest.slice(used, rest.capacity() - used);
        return memory;
    }

    private ByteBuffer slab(int size) {
        try {
            HostMemory slab = HostMemory.allocate(size);
            slabs.add(slab);
            return slab.buffer();
        } catch (OutOfMemoryError e) {
            throw new ModelException(
                    "no memory for the model's weights, of which " + bytes + " bytes are allocated: " + e.getMessage()
                            + ", or take a smaller model",
                    e);
        }
    }

    /** All that was handed out. */
    synchronized List<ByteBuffer> contents() {
        checkOpen();
        return List.copyOf(handedOut);
    }

    /** Pieces of memory, each of which lies in one range of addresses, that hold all that was handed out. */
    public synchronized List<HostMemory> memory() {
        checkOpen();
        return List.copyOf(slabs);
    }

    /** Bytes handed out. */
    public synchronized long bytes() {
        return bytes;
    }

    /** @throws IllegalStateException after {@link #close()} */
    public synchronized void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the weights are closed");
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        slabs.forEach(HostMemory::close);
        slabs.clear();
        handedOut.clear();
        rest = ByteBuffer.allocate(0);
        bytes = 0;
    }
}
