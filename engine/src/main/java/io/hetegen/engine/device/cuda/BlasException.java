package io.hetegen.engine.device.cuda;

/** cuBLAS cannot be loaded, or a call of it failed. The device itself may be well. */
public final class BlasException extends DeviceException {

    private static final long serialVersionUID = 1L;

    BlasException(String call, int code, String message) {
        super(call, code, message);
    }
}
