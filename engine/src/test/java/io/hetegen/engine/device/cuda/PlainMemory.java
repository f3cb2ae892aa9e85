package io.hetegen.engine.device.cuda;

import java.lang.reflect.Field;
import sun.misc.Unsafe;

/** Memory of the process with an address, as a weight arena has it; it starts on a page. */
final class PlainMemory implements AutoCloseable {

    private static final int PAGE = 4096;
    private static final Unsafe UNSAFE = unsafe();

    private final long block;
    private final long bytes;

    PlainMemory(long bytes) {
        this.bytes = bytes;
        block = UNSAFE.allocateMemory(bytes + PAGE);
        UNSAFE.setMemory(block, bytes + PAGE, (byte) 7);
    }

    long address() {
        return (block + PAGE - 1) / PAGE * PAGE;
    }

    long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        UNSAFE.freeMemory(block);
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
