package io.hetegen.engine.device.cuda;

import java.util.List;
import jcuda.cudaDataType;
import jcuda.driver.CUstream;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;

/**
 * cuBLAS on one stream. What its sums add up to depends on the device, its version and the number of tokens: it is for
 * {@code numerics = fast} only.
 */
public final class CudaBlas extends CudaResource {

    private static final int MINOR = 100;
    private static final int MAJOR = 10_000;

    private final cublasHandle handle;
    private final MappedBuffer scalars;
    private final HostPointer one;
    private final HostPointer zero;
    private final String version;

    /** What is multiplied; sums are binary32. */
    public enum Operand {
        /** Rounded to 10 bits of fraction where the device has tensor cores for that. */
        F32(cudaDataType.CUDA_R_32F, cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32),
        F16(cudaDataType.CUDA_R_16F, cublasComputeType.CUBLAS_COMPUTE_32F),
        BF16(cudaDataType.CUDA_R_16BF, cublasComputeType.CUBLAS_COMPUTE_32F);

        private final int type;
        private final int compute;

        Operand(int type, int compute) {
            this.type = type;
            this.compute = compute;
        }
    }

    private CudaBlas(CudaDevice device, cublasHandle handle, MappedBuffer scalars, String version) {
        super(device);
        this.handle = handle;
        this.scalars = scalars;
        scalars.view().putFloat(0, 1).putFloat(Float.BYTES, 0);
        this.one = new HostPointer(scalars.address(0));
        this.zero = new HostPointer(scalars.address(Float.BYTES));
        this.version = version;
    }

    /** @param scalars room for two floats, which is the result's from then on */
    static CudaBlas create(CudaDevice device, CUstream stream, DeviceBuffer workspace, MappedBuffer scalars) {
        String problem = BlasLibrary.problem();
        if (problem != null) {
            throw new BlasException(
                    "cublasCreate", cublasStatus.CUBLAS_STATUS_NOT_INITIALIZED, "cuBLAS cannot be loaded: " + problem);
        }
        cublasHandle handle = new cublasHandle();
        check("cublasCreate", JCublas2.cublasCreate(handle));
        try {
            // In this order: a new stream takes the workspace away.
            check("cublasSetStream", JCublas2.cublasSetStream(handle, new cudaStream_t(stream)));
            check(
                    "cublasSetWorkspace",
                    JCublas2.cublasSetWorkspace(handle, DevicePointer.at(workspace.address(0)), workspace.bytes()));
            int[] version = new int[1];
            check("cublasGetVersion", JCublas2.cublasGetVersion(handle, version));
            return new CudaBlas(device, handle, scalars, version[0] / MAJOR + "." + version[0] % MAJOR / MINOR);
        } catch (DeviceException e) {
            JCublas2.cublasDestroy(handle);
            throw e;
        }
    }

    private static void check(String call, int code) {
        if (code != cublasStatus.CUBLAS_STATUS_SUCCESS) {
            throw new BlasException(call, code, call + " failed: " + cublasStatus.stringFor(code) + " (" + code + ")");
        }
    }

    /** Of the library, such as 12.6. */
    public String version() {
        return version;
    }

    /**
     * Enqueues y = W x for some rows of W. Strides are elements from one row to the next; addresses are the device's.
     *
     * @param w [row][column]
     * @param x [token][column]
     * @param y [token][row], floats
     */
    public void multiply(
            Operand operand,
            int rows,
            int tokens,
            int columns,
            long w,
            int wStride,
            long x,
            int xStride,
            long y,
            int yStride) {
        checkOpen();
        // Of cuBLAS's matrices the columns are contiguous: W comes as its transpose, and so does y.
        check(
                "cublasGemmEx",
                JCublas2.cublasGemmEx_new(
                        handle,
                        cublasOperation.CUBLAS_OP_T,
                        cublasOperation.CUBLAS_OP_N,
                        rows,
                        tokens,
                        columns,
                        one,
                        DevicePointer.at(w),
                        operand.type,
                        wStride,
                        DevicePointer.at(x),
                        operand.type,
                        xStride,
                        zero,
                        DevicePointer.at(y),
                        cudaDataType.CUDA_R_32F,
                        yStride,
                        operand.compute,
                        cublasGemmAlgo.CUBLAS_GEMM_DEFAULT));
    }

    @Override
    void release() {
        CudaDevice.doAll(List.of(() -> check("cublasDestroy", JCublas2.cublasDestroy(handle)), scalars::close));
    }
}
