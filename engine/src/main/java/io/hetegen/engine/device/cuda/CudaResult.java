package io.hetegen.engine.device.cuda;

import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * The one place where return codes of the driver become exceptions. JCuda's own switch for that is a global one, and
 * with it on even {@code cuEventQuery} throws, on an event that is not reached yet.
 */
final class CudaResult {

    static final int OUT_OF_MEMORY = CUresult.CUDA_ERROR_OUT_OF_MEMORY;
    static final int NOT_READY = CUresult.CUDA_ERROR_NOT_READY;

    private CudaResult() {}

    /** @throws DeviceException if the code is not that of success */
    static void check(String call, int code) {
        if (code != CUresult.CUDA_SUCCESS) {
            throw failure(call, code, "");
        }
    }

    /** With what else the reader should know, such as "4096 bytes were asked for". */
    static DeviceException failure(String call, int code, String detail) {
        String message = call + " failed: " + text(code) + remedy(code) + (detail.isEmpty() ? "" : "; " + detail);
        return code == OUT_OF_MEMORY
                ? new OutOfDeviceMemoryException(call, message)
                : new DeviceException(call, code, message);
    }

    /** The name, the number and, where the driver has one, the sentence of a code. */
    static String text(int code) {
        String name = CUresult.stringFor(code);
        String[] sentence = new String[1];
        JCudaDriver.cuGetErrorString(code, sentence);
        boolean says = sentence[0] != null && !sentence[0].equals(name);
        return name + " (" + code + ")" + (says ? ", " + sentence[0] : "");
    }

    private static String remedy(int code) {
        return code == CUresult.CUDA_ERROR_INVALID_CONTEXT
                ? "; CudaDevice.bindThread() must be called on each thread that uses the device"
                : "";
    }
}
