package io.hetegen.engine.device.cuda;

/** Device memory was asked for that the budget or the device does not have; everything else goes on. */
public final class OutOfDeviceMemoryException extends DeviceException {

    private static final long serialVersionUID = 1L;

    OutOfDeviceMemoryException(String call, String message) {
        super(call, CudaResult.OUT_OF_MEMORY, message);
    }
}
