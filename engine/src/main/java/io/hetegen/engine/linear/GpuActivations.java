package io.hetegen.engine.linear;

import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.DeviceBuffer;
import io.hetegen.engine.device.cuda.DeviceException;
import io.hetegen.engine.device.cuda.MappedBuffer;
import io.hetegen.engine.kernel.CudaKernels;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * x and y of one split linear at a time. They never queue behind weights: kernels read x and write y where they lie, in
 * page-locked memory of the host. x is read once, into device memory in each form that the weights' types need.
 */
final class GpuActivations implements AutoCloseable {

    private final CudaDevice device;
    private final MappedBuffer x;
    private final FloatBuffer hostX;
    private final Map<Integer, DeviceBuffer> forms = new TreeMap<>();
    private MappedBuffer y;
    private FloatBuffer hostY;

    /** For the largest of these linears. */
    GpuActivations(CudaDevice device, List<SplitLinear> groups, int maxTokens) {
        this.device = device;
        x = device.map(maxTokens * columns(groups) * Float.BYTES);
        hostX = x.view().asFloatBuffer();
        try {
            formBytes(groups, maxTokens).forEach((block, bytes) -> forms.put(block, device.allocate(bytes)));
            y = device.map(1);
        } catch (DeviceException e) {
            x.close();
            forms.values().forEach(DeviceBuffer::close);
            throw e;
        }
        hostY = y.view().asFloatBuffer();
    }

    /** Most tokens that x has room for. */
    static int mostTokens(List<SplitLinear> groups) {
        return Math.toIntExact(MappedBuffer.MAX_BYTES / columns(groups) / Float.BYTES);
    }

    private static long columns(List<SplitLinear> groups) {
        return groups.stream().mapToInt(SplitLinear::inputSize).max().orElseThrow();
    }

    /** Of device memory. */
    static long deviceBytes(List<SplitLinear> groups, int maxTokens) {
        return formBytes(groups, maxTokens).values().stream()
                .mapToLong(bytes -> bytes)
                .sum();
    }

    /** By the block of the weights' type. */
    private static Map<Integer, Long> formBytes(List<SplitLinear> groups, int maxTokens) {
        Map<Integer, Long> bytes = new TreeMap<>();
        for (SplitLinear group : groups) {
            for (Linear linear : group.linears()) {
                int block = linear.dtype().blockSize();
                bytes.merge(block, CudaKernels.inputBytes(block, maxTokens, linear.inputSize()), Math::max);
            }
        }
        return bytes;
    }

    /** In which each linear has [token][row], one after the other. */
    static long yBytes(Linear linear, int tokens) {
        return (long) tokens * linear.outputSize() * Float.BYTES;
    }

    static long yBytes(List<Linear> linears, int tokens) {
        return linears.stream().mapToLong(linear -> yBytes(linear, tokens)).sum();
    }

    /** Called while no kernel runs that reads x or writes y. */
    void put(float[] values, int count, long bytesOfY) {
        hostX.put(0, values, 0, count);
        if (y.bytes() < bytesOfY) {
            y.close();
            y = device.map(bytesOfY);
            hostY = y.view().asFloatBuffer();
        }
    }

    /** The device's address of x as the host put it. */
    long x() {
        return x.deviceAddress(0);
    }

    /** The device's address of x in the form for weights in blocks of so many columns. */
    long form(int block) {
        DeviceBuffer form = forms.get(block);
        if (form == null) {
            throw new IllegalArgumentException("there is no linear with blocks of " + block);
        }
        return form.address(0);
    }

    /** The device's address. */
    long y(long offset) {
        return y.deviceAddress(offset);
    }

    /** The first rows of each token. */
    void getY(long offset, int tokens, int rowSize, int rows, float[] target) {
        int first = Math.toIntExact(offset / Float.BYTES);
        for (int token = 0; token < tokens; token++) {
            hostY.get(first + token * rowSize, target, token * rowSize, rows);
        }
    }

    /** Called while no kernel runs. */
    @Override
    public void close() {
        x.close();
        y.close();
        forms.values().forEach(DeviceBuffer::close);
    }
}
