package io.hetegen.engine.device.cpu;

import java.nio.ByteBuffer;

/** Anonymous memory of the process, by the native library, which must be loaded. */
final class NativeMemory {

    private NativeMemory() {}

    /** Address of zeroed memory, on a huge page's boundary if it is as large as one; 0 if the system has none. */
    static native long map(long bytes);

    static native void unmap(long address, long bytes);

    static native ByteBuffer buffer(long address, long bytes);

    /** Of the first byte of a direct buffer. */
    static native long address(ByteBuffer buffer);

    /** Bytes that are mapped and not yet unmapped, in this process and by this copy of the library. */
    static native long mappedBytes();
}
