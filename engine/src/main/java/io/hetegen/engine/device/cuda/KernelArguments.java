package io.hetegen.engine.device.cuda;

import java.nio.ByteBuffer;
import jcuda.Pointer;

/**
 * The parameters of a launch in memory off the heap, laid out as the driver reads them: an array of pointers, then the
 * values. JCuda's own arrays would take a launch from about one microsecond to ten. It may be filled again after a launch.
 */
public final class KernelArguments implements AutoCloseable {

    private final MappedBuffer block;
    private final ByteBuffer values;
    private final int count;
    private final Pointer pointer;

    KernelArguments(MappedBuffer block, int count) {
        this.block = block;
        this.count = count;
        this.values = block.view();
        for (int i = 0; i < count; i++) {
            values.putLong(i * Long.BYTES, block.address(at(i)));
        }
        this.pointer = new HostPointer(block.address(0));
    }

    static long bytes(int count) {
        return 2L * Long.BYTES * count;
    }

    /** A 64-bit integer or a device address. */
    public KernelArguments setLong(int index, long value) {
        values.putLong(at(index), value);
        return this;
    }

    public KernelArguments setInt(int index, int value) {
        values.putInt(at(index), value);
        return this;
    }

    public KernelArguments setFloat(int index, float value) {
        values.putFloat(at(index), value);
        return this;
    }

    private int at(int index) {
        block.checkOpen();
        if (index < 0 || index >= count) {
            throw new IndexOutOfBoundsException("parameter " + index + " of " + count);
        }
        return (count + index) * Long.BYTES;
    }

    Pointer pointer() {
        block.checkOpen();
        return pointer;
    }

    @Override
    public void close() {
        block.close();
    }
}
