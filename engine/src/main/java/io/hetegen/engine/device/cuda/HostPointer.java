package io.hetegen.engine.device.cuda;

import jcuda.Pointer;

/** A pointer into the process's own memory, with a value to set and to read, which JCuda keeps to subclasses. */
final class HostPointer extends Pointer {

    /** For the driver to set. */
    HostPointer() {}

    HostPointer(long address) {
        super(address);
    }

    long address() {
        return getNativePointer() + getByteOffset();
    }
}
