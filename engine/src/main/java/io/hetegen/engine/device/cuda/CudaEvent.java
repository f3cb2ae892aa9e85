package io.hetegen.engine.device.cuda;

import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/** A place in a stream: reached when all that was enqueued before it is done. Recorded anew, it means the new place. */
public final class CudaEvent extends CudaResource {

    private final CUevent event;

    private CudaEvent(CudaDevice device, CUevent event) {
        super(device);
        this.event = event;
    }

    static CudaEvent create(CudaDevice device, boolean timed) {
        CUevent event = new CUevent();
        int flags = timed ? CUevent_flags.CU_EVENT_DEFAULT : CUevent_flags.CU_EVENT_DISABLE_TIMING;
        CudaResult.check("cuEventCreate", JCudaDriver.cuEventCreate(event, flags));
        return new CudaEvent(device, event);
    }

    CUevent handle() {
        checkOpen();
        return event;
    }

    /** Whether it is reached, or was never recorded; an error of the device is thrown. */
    public boolean isReached() {
        int code = JCudaDriver.cuEventQuery(handle());
        if (code == CudaResult.NOT_READY) {
            return false;
        }
        CudaResult.check("cuEventQuery", code);
        return true;
    }

    /** Waits on the host until it is reached. */
    public void synchronize() {
        CudaResult.check("cuEventSynchronize", JCudaDriver.cuEventSynchronize(handle()));
    }

    /** Device time from an earlier event to this one; both are {@linkplain CudaDevice#timedEvent() timed} and reached. */
    public double millisecondsSince(CudaEvent earlier) {
        float[] milliseconds = new float[1];
        CudaResult.check(
                "cuEventElapsedTime", JCudaDriver.cuEventElapsedTime(milliseconds, earlier.handle(), handle()));
        return milliseconds[0];
    }

    @Override
    void release() {
        CudaResult.check("cuEventDestroy", JCudaDriver.cuEventDestroy(event));
    }
}
