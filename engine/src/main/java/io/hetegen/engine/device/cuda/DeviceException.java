package io.hetegen.engine.device.cuda;

import io.hetegen.engine.HeteGenException;
import java.util.Set;

/** A call of the CUDA driver failed; the message names the call, the code and the driver's text. */
public class DeviceException extends HeteGenException {

    private static final long serialVersionUID = 1L;

    /**
     * Codes after which the driver answers every later call in this process with an error: device unavailable,
     * uncorrectable ECC and NVLink errors, faults and timeouts of kernels, destroyed context, unknown.
     */
    private static final Set<Integer> FATAL =
            Set.of(46, 214, 220, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 999);

    private final String call;
    private final int code;

    DeviceException(String call, int code, String message) {
        super(message);
        this.call = call;
        this.code = code;
    }

    /** The driver's function. */
    public String call() {
        return call;
    }

    /** The driver's error code. */
    public int code() {
        return code;
    }

    /** Whether the device is lost to this process: nothing on it can be used any more, only closed. */
    public boolean isFatal() {
        return FATAL.contains(code);
    }
}
