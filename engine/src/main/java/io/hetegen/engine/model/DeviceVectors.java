package io.hetegen.engine.model;

import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.device.cuda.DeviceBuffer;
import io.hetegen.engine.device.cuda.MappedBuffer;
import java.nio.ByteBuffer;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** A model's vectors, the norms' weights and all biases, in device memory. */
final class DeviceVectors implements AutoCloseable {

    private static final int ALIGNMENT = 16;

    private final Map<float[], Long> offsets = new IdentityHashMap<>();
    private final DeviceBuffer memory;

    /** They have arrived when this returns. */
    DeviceVectors(CudaDevice device, CudaStream stream, List<float[]> vectors) {
        try (MappedBuffer staging = device.map(bytes(vectors))) {
            memory = device.allocate(staging.bytes());
            ByteBuffer target = staging.view();
            long offset = 0;
            for (float[] vector : vectors) {
                offsets.put(vector, offset);
                target.position(Math.toIntExact(offset))
                        .slice()
                        .order(target.order())
                        .asFloatBuffer()
                        .put(vector);
                offset += bytes(vector);
            }
            stream.copy(staging, 0, memory, 0, memory.bytes());
            stream.synchronize();
        }
    }

    static long bytes(List<float[]> vectors) {
        return vectors.stream().mapToLong(DeviceVectors::bytes).sum();
    }

    private static long bytes(float[] vector) {
        return ((long) Float.BYTES * vector.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** The device's address of one of the vectors, by identity. */
    long address(float[] vector) {
        Long offset = offsets.get(vector);
        if (offset == null) {
            throw new IllegalArgumentException("a vector of " + vector.length + " is not on the GPU");
        }
        return memory.address(offset);
    }

    @Override
    public void close() {
        memory.close();
    }
}
