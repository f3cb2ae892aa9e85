package io.hetegen.engine.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hetegen.engine.device.cpu.HostMemory;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every single call of a whole life fails once: each time there is an error or a right answer, and nothing is left. */
class CudaFaultTest {

    private static final int MIB = 1 << 20;

    @ParameterizedTest
    @CsvSource({"2, eager", "2, lazy", "700, random", "999, clock", "400, ahead"})
    void everyCallMayFail(int code, String mode) {
        CudaDouble gpu = CudaDouble.start("mode=" + mode);
        assertThat(life()).isEqualTo(ToyRun.expected());
        long calls = gpu.count("calls");
        assertThat(calls).isGreaterThan(50);

        int failures = 0;
        for (long nth = 1; nth <= calls; nth++) {
            gpu = CudaDouble.start("mode=" + mode);
            gpu.fail("any", nth, code);
            float[][] answer = new float[1][];
            Throwable thrown = catchThrowable(() -> answer[0] = life());
            if (thrown != null) {
                failures++;
                assertThat(thrown).isInstanceOf(DeviceException.class).hasMessageContaining("(" + code + ")");
            } else if (answer[0].length > 0) {
                assertThat(answer[0]).as("call %d", nth).isEqualTo(ToyRun.expected());
            }
            assertThat(gpu.left()).as("call %d", nth).isEmpty();
        }
        assertThat(failures).isGreaterThan(20);
    }

    /** Empty if the device could not be opened. */
    private static float[] life() {
        Optional<CudaDevice> opened = CudaDriver.open(0, 64 * MIB);
        if (opened.isEmpty()) {
            return new float[0];
        }
        try (HostMemory weights = HostMemory.allocate(3 * MIB);
                CudaDevice device = opened.get()) {
            RegisteredMemory registered = device.register(weights.address(), 3 * MIB, MIB);
            if (registered.refusal().isEmpty()) {
                CudaStream stream = device.stream();
                stream.copy(registered, 0, device.allocate(3 * MIB), 0, registered.bytes());
                stream.synchronize();
            }
            return ToyRun.run(device, true);
        }
    }
}
