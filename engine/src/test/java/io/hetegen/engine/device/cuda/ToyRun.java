package io.hetegen.engine.device.cuda;

import java.nio.FloatBuffer;

/**
 * What a split linear does with a device, in small: weights go over on the copy stream, the compute stream waits for them
 * and adds them to an answer that the host reads where it lies.
 */
final class ToyRun {

    static final int N = 1000;
    private static final int THREADS = 128;

    private ToyRun() {}

    /** Element i is 2 i, if all is in order. */
    static float[] run(CudaDevice device, boolean computeWaitsForCopy) {
        try (CudaStream copies = device.stream();
                CudaStream compute = device.stream();
                CudaEvent arrived = device.event();
                CudaModule module = device.module(ToyRun.class, "toy");
                KernelArguments copyArguments = device.arguments(3);
                KernelArguments addArguments = device.arguments(4);
                MappedBuffer x = device.map(N * Float.BYTES);
                MappedBuffer y = device.map(N * Float.BYTES);
                DeviceBuffer weights = device.allocate(N * Float.BYTES)) {
            fill(x);
            copies.copy(x, 0, weights, 0, x.bytes());
            copies.record(arrived);
            if (computeWaitsForCopy) {
                compute.waitFor(arrived);
            }
            LaunchShape shape = LaunchShape.of((N + THREADS - 1) / THREADS, THREADS);
            copyArguments
                    .setLong(0, x.deviceAddress(0))
                    .setLong(1, y.deviceAddress(0))
                    .setInt(2, N);
            compute.launch(module.kernel("toy_copy"), shape, copyArguments);
            addArguments.setLong(0, weights.address(0)).setLong(1, y.deviceAddress(0));
            addArguments.setFloat(2, 1f).setInt(3, N);
            compute.launch(module.kernel("toy_add"), shape, addArguments);
            compute.synchronize();
            float[] answer = new float[N];
            y.view().asFloatBuffer().get(answer);
            copies.synchronize();
            return answer;
        }
    }

    static float[] expected() {
        float[] expected = new float[N];
        for (int i = 0; i < N; i++) {
            expected[i] = 2f * i;
        }
        return expected;
    }

    static void fill(MappedBuffer memory) {
        FloatBuffer floats = memory.view().asFloatBuffer();
        for (int i = 0; i < floats.capacity(); i++) {
            floats.put(i, i);
        }
    }
}
