package io.hetegen.engine.device.cuda;

/**
 * Something that the driver gave and must get back. It belongs to a device, which closes what is left when it is closed
 * itself; closing twice is no mistake.
 */
abstract class CudaResource implements AutoCloseable {

    private final CudaDevice device;
    private volatile boolean closed;

    CudaResource(CudaDevice device) {
        this.device = device;
    }

    final CudaDevice device() {
        return device;
    }

    final void checkOpen() {
        if (closed) {
            throw new IllegalStateException(getClass().getSimpleName() + " is closed");
        }
    }

    /** Gives everything back, whatever fails on the way. */
    abstract void release() throws DeviceException;

    /**
     * Gives it back; what the device was asked to do with it must be done. A failure is a line in the log, as nobody
     * could do anything about it.
     */
    @Override
    public final void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        device.release(this);
    }
}
