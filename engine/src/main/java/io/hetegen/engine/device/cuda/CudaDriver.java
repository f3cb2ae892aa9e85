package io.hetegen.engine.device.cuda;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The CUDA driver of this machine, if there is one. Its absence is an answer here, never an exception. */
public final class CudaDriver {

    /** CUDA 11.0 is the first that knows the version of the shipped kernel texts. */
    private static final int OLDEST_VERSION = 11000;

    private static final Logger LOG = LoggerFactory.getLogger(CudaDriver.class);

    private CudaDriver() {}

    /** A first look that costs next to nothing, and does not touch the driver: no is certain. */
    public static boolean mayBeThere() {
        return NvidiaHardware.isLikely();
    }

    /** Looks for a GPU without taking anything of it. */
    public static DeviceProbe probe(int ordinal) {
        String problem = CudaLibrary.problem();
        if (problem != null) {
            return DeviceProbe.unavailable("the CUDA driver cannot be loaded: " + problem);
        }
        try {
            return probeDriver(ordinal);
        } catch (DeviceException e) {
            return DeviceProbe.unavailable(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Opens a GPU for one engine, with at most so many bytes of its memory. Empty, with one line in the log that says
     * why, if that cannot be done; the CPU then computes everything.
     */
    public static Optional<CudaDevice> open(int ordinal, long budgetBytes) {
        DeviceProbe probe = probe(ordinal);
        if (probe.device().isEmpty()) {
            LOG.info("GPU {} is {}", ordinal, probe.text());
            return Optional.empty();
        }
        try {
            CudaDevice device = open(probe.device().get(), budgetBytes);
            long mebibytes = device.budget().limit() >> 20;
            LOG.info("GPU {} is {}, of which {} MiB are for this engine", ordinal, probe.text(), mebibytes);
            return Optional.of(device);
        } catch (DeviceException e) {
            LOG.info("GPU {}, {}, is not available because {}", ordinal, probe.text(), e.getMessage());
            return Optional.empty();
        }
    }

    /** @throws DeviceException if it cannot be opened */
    public static CudaDevice open(DeviceProperties device, long budgetBytes) {
        return CudaDevice.open(device, budgetBytes);
    }

    private static DeviceProbe probeDriver(int ordinal) {
        int initialized = JCudaDriver.cuInit(0);
        if (initialized == CUresult.CUDA_ERROR_NO_DEVICE) {
            return DeviceProbe.unavailable("the CUDA driver finds no device");
        }
        CudaResult.check("cuInit", initialized);
        int[] count = new int[1];
        CudaResult.check("cuDeviceGetCount", JCudaDriver.cuDeviceGetCount(count));
        if (ordinal < 0 || ordinal >= count[0]) {
            return DeviceProbe.unavailable("the CUDA driver finds " + count[0] + " devices, numbered from 0");
        }
        DeviceProperties device = properties(ordinal);
        String unfit = whyUnfit(device);
        return unfit == null ? DeviceProbe.available(device) : DeviceProbe.unavailable(unfit);
    }

    private static @Nullable String whyUnfit(DeviceProperties device) {
        if (device.capability().compareTo(PtxTarget.oldest()) < 0) {
            return device + " is older than " + PtxTarget.oldest();
        }
        if (device.driverVersion() < OLDEST_VERSION) {
            return device + " has a driver older than CUDA 11.0; update it";
        }
        return null;
    }

    private static DeviceProperties properties(int ordinal) {
        CUdevice device = new CUdevice();
        CudaResult.check("cuDeviceGet", JCudaDriver.cuDeviceGet(device, ordinal));
        byte[] name = new byte[256];
        CudaResult.check("cuDeviceGetName", JCudaDriver.cuDeviceGetName(name, name.length, device));
        long[] bytes = new long[1];
        CudaResult.check("cuDeviceTotalMem", JCudaDriver.cuDeviceTotalMem(bytes, device));
        int[] version = new int[1];
        CudaResult.check("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(version));
        return new DeviceProperties(
                ordinal,
                untilNul(name),
                new ComputeCapability(
                        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR),
                        attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)),
                bytes[0],
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_ASYNC_ENGINE_COUNT),
                version[0]);
    }

    private static int attribute(CUdevice device, int attribute) {
        int[] value = new int[1];
        CudaResult.check("cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(value, attribute, device));
        return value[0];
    }

    private static String untilNul(byte[] text) {
        int end = 0;
        while (end < text.length && text[end] != 0) {
            end++;
        }
        return new String(text, 0, end, StandardCharsets.US_ASCII);
    }
}
