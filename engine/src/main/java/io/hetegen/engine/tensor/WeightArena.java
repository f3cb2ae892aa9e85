package io.hetegen.engine.tensor;

import io.hetegen.engine.ModelException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import sun.misc.Unsafe;

/**
 * Off-heap memory of a model's weights in chunks of at most {@link #CHUNK_BYTES}, freed at once by {@link #close()}.
 * The owner must not close it while a kernel reads; {@link #checkOpen()} makes later use an error.
 */
public final class WeightArena implements AutoCloseable {

    /** Below 2 GiB, so that an int indexes a chunk. */
    static final int CHUNK_BYTES = 1 << 30;

    private static final int PAGE = 4096;
    private static final Unsafe UNSAFE = unsafe();

    private final int chunkBytes;
    private final List<ByteBuffer> chunks = new ArrayList<>();
    private final List<ByteBuffer> handedOut = new ArrayList<>();
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
     * @throws ModelException if the JVM has not that much direct memory left
     */
    public synchronized ByteBuffer allocate(int size) {
        checkOpen();
        if (size > chunkBytes) {
            throw new IllegalArgumentException("a chunk has at most " + chunkBytes + " bytes, not " + size);
        }
        try {
            ByteBuffer chunk = ByteBuffer.allocateDirect((size / PAGE + 2) * PAGE);
            chunks.add(chunk);
            bytes += size;
            ByteBuffer memory = chunk.alignedSlice(PAGE).slice(0, size);
            handedOut.add(memory);
            return memory.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        } catch (OutOfMemoryError e) {
            throw new ModelException(
                    "no memory for the model's weights: " + bytes + " bytes are taken and " + size
                            + " more are needed; raise -XX:MaxDirectMemorySize or take a smaller model",
                    e);
        }
    }

    /** All that was handed out. */
    synchronized List<ByteBuffer> contents() {
        checkOpen();
        return List.copyOf(handedOut);
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
        chunks.forEach(UNSAFE::invokeCleaner);
        chunks.clear();
        handedOut.clear();
        bytes = 0;
    }

    private static Unsafe unsafe() {
        try {
            Field field = Unsafe.class.getDeclaredField("theUnsafe");
            field.setAccessible(true);
            return (Unsafe) field.get(null);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
