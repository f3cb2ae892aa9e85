package io.hetegen.engine.device.cpu;

import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import sun.misc.Unsafe;

/**
 * Zeroed memory outside the Java heap, given back at once by {@link #close()}. With the native library it is plain
 * memory of the process, in huge pages where the system allows them, and no option of the JVM limits it; without, it
 * is direct memory. Whoever holds the buffer or the address must not touch it after the close.
 */
public final class HostMemory implements AutoCloseable {

    /** What the memory starts on a multiple of, at least. */
    public static final int PAGE = 4096;

    private static final Unsafe UNSAFE = unsafe();

    private final ByteBuffer memory;
    private final ByteBuffer buffer;
    private final long address;
    private boolean closed;

    private HostMemory(ByteBuffer memory, ByteBuffer buffer, long address) {
        this.memory = memory;
        this.buffer = buffer;
        this.address = address;
    }

    /** @throws OutOfMemoryError saying what to do, if there is no memory left */
    public static HostMemory allocate(int bytes) {
        return NativeLibrary.problem() == null ? map(bytes) : allocateDirect(bytes);
    }

    private static HostMemory map(int bytes) {
        long address = NativeMemory.map(bytes);
        if (address == 0) {
            throw new OutOfMemoryError("the system has no memory for " + bytes + " bytes more; free some");
        }
        ByteBuffer memory = NativeMemory.buffer(address, bytes);
        return new HostMemory(memory, memory, address);
    }

    static HostMemory allocateDirect(int bytes) {
        try {
            ByteBuffer memory = ByteBuffer.allocateDirect(Math.multiplyExact(bytes / PAGE + 2, PAGE));
            return new HostMemory(memory, memory.alignedSlice(PAGE).slice(0, bytes), 0);
        } catch (OutOfMemoryError e) {
            OutOfMemoryError error = new OutOfMemoryError("the JVM has no direct memory for " + bytes
                    + " bytes more, since there is no native library; raise -XX:MaxDirectMemorySize");
            error.initCause(e);
            throw error;
        }
    }

    public int bytes() {
        return buffer.capacity();
    }

    /** All of it, little-endian. */
    public ByteBuffer buffer() {
        return buffer.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Of the first byte, for native code; 0 without the native library. */
    public long address() {
        return address;
    }

    /** Of the first byte of a part of such memory, for native code; 0 without the native library. */
    public static long address(ByteBuffer part) {
        return NativeLibrary.problem() == null ? NativeMemory.address(part) : 0;
    }

    /** Bytes of plain memory of the process that are allocated and not closed; 0 without the native library. */
    public static long mappedBytes() {
        return NativeLibrary.problem() == null ? NativeMemory.mappedBytes() : 0;
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (address == 0) {
            UNSAFE.invokeCleaner(memory);
        } else {
            NativeMemory.unmap(address, memory.capacity());
        }
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
