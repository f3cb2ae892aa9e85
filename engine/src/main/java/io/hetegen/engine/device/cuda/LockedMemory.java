package io.hetegen.engine.device.cuda;

/** Host memory that is page-locked, the only kind that is copied from and to while the host goes on. */
public sealed interface LockedMemory permits MappedBuffer, RegisteredMemory {

    /** Bytes that are locked. */
    long bytes();

    /** The process's address of a byte. */
    long address(long offset);

    /** Bytes from an offset that one copy can move: the driver refuses a copy over the border of two locked pieces. */
    long contiguous(long offset);
}
