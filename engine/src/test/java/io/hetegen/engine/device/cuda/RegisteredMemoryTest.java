package io.hetegen.engine.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.device.cpu.HostMemory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Memory that is locked in place: in pieces, as far as it goes. */
class RegisteredMemoryTest {

    private static final int PAGE = 4096;
    private static final int MIB = 1 << 20;

    @Test
    void isLockedInPiecesThatCopiesDoNotStraddle() {
        CudaDouble gpu = CudaDouble.start("mode=lazy");
        try (CudaDevice device = CudaDriver.open(0, 64 * MIB).orElseThrow();
                CudaStream stream = device.stream();
                HostMemory memory = HostMemory.allocate(10 * PAGE);
                RegisteredMemory locked = device.register(memory.address() + 100, 9 * PAGE, 4 * PAGE);
                DeviceBuffer buffer = device.allocate(9 * PAGE);
                MappedBuffer back = device.map(9 * PAGE)) {
            assertThat(gpu.stats()).containsEntry("registered", 3L);
            assertThat(locked.bytes()).isEqualTo(9 * PAGE);
            assertThat(locked.refusal()).isEmpty();
            assertThat(locked.contiguous(0)).isEqualTo(4 * PAGE - 100);
            assertThat(locked.contiguous(4 * PAGE - 100)).isEqualTo(4 * PAGE);
            assertThat(locked.contiguous(9 * PAGE - 1)).isEqualTo(1);

            for (int i = 0; i < 10 * PAGE; i++) {
                memory.buffer().put(i, (byte) 7);
            }
            stream.copy(locked, 0, buffer, 0, 9 * PAGE);
            stream.copy(buffer, 0, back, 0, 9 * PAGE);
            stream.synchronize();

            assertThat(gpu.trace())
                    .extracting(CudaDouble.Traced::bytes)
                    .containsExactly(4L * PAGE - 100, 4L * PAGE, PAGE + 100L, 9L * PAGE);
            ByteBuffer bytes = back.view();
            for (int i = 0; i < 9 * PAGE; i++) {
                assertThat(bytes.get(i)).isEqualTo((byte) 7);
            }
            locked.close();
            assertThat(gpu.stats()).containsEntry("registered", 0L);
            assertThatThrownBy(() -> locked.address(0)).isInstanceOf(IllegalStateException.class);
        }
        assertThat(gpu.left()).isEmpty();
    }

    @Test
    void whatIsBeyondTheLimitIsNotLockedAndThatIsNoError() {
        CudaDouble gpu = CudaDouble.start("registerable=" + 10 * PAGE);
        try (CudaDevice device = CudaDriver.open(0, 64 * MIB).orElseThrow();
                HostMemory memory = HostMemory.allocate(12 * PAGE);
                RegisteredMemory locked = device.register(memory.address(), 12 * PAGE, 4 * PAGE)) {
            assertThat(locked.bytes()).isEqualTo(8 * PAGE);
            assertThat(locked.refusal())
                    .contains(
                            "cuMemHostRegister failed: CUDA_ERROR_OUT_OF_MEMORY (2); 32768 of 49152 bytes are locked");
            assertThatThrownBy(() -> locked.address(8 * PAGE)).isInstanceOf(IndexOutOfBoundsException.class);
        }
        assertThat(gpu.left()).isEmpty();
    }

    @Test
    void whereLockingIsRefusedNothingIs() {
        CudaDouble gpu = CudaDouble.start("registerable=0");
        try (CudaDevice device = CudaDriver.open(0, 64 * MIB).orElseThrow();
                HostMemory memory = HostMemory.allocate(PAGE);
                RegisteredMemory locked = device.register(memory.address(), PAGE)) {
            assertThat(locked.bytes()).isZero();
            assertThat(locked.refusal()).isPresent();
        }
        assertThat(gpu.left()).isEmpty();
    }
}
