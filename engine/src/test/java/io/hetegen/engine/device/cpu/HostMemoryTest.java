package io.hetegen.engine.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostMemoryTest {

    private static final int HUGE_PAGE = 2 << 20;

    @ParameterizedTest
    @ValueSource(ints = {1, 4096, 5000, HUGE_PAGE - 1, HUGE_PAGE, 5 * HUGE_PAGE + 1})
    void isZeroAlignedAndCountedUntilItIsClosed(int bytes) {
        assumeTrue(NativeLibrary.problem() == null, "the native library is not built");
        long before = HostMemory.mappedBytes();
        HostMemory memory = HostMemory.allocate(bytes);
        long mapped = HostMemory.mappedBytes() - before;
        assertThat(mapped).isBetween((long) bytes, bytes + HostMemory.PAGE - 1L);
        assertThat(memory.address() % (bytes >= HUGE_PAGE ? HUGE_PAGE : HostMemory.PAGE))
                .isZero();
        checkContents(memory, bytes);
        memory.close();
        memory.close();
        assertThat(HostMemory.mappedBytes()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5000, HUGE_PAGE})
    void isDirectMemoryWithoutTheLibrary(int bytes) {
        HostMemory memory = HostMemory.allocateDirect(bytes);
        assertThat(memory.address()).isZero();
        checkContents(memory, bytes);
        memory.close();
        memory.close();
    }

    private static void checkContents(HostMemory memory, int bytes) {
        ByteBuffer buffer = memory.buffer();
        assertThat(buffer.capacity()).isEqualTo(bytes);
        assertThat(buffer.alignmentOffset(0, HostMemory.PAGE)).isZero();
        assertThat(buffer.mismatch(ByteBuffer.allocate(bytes))).isEqualTo(-1);
        buffer.put(bytes - 1, (byte) 1);
        assertThat(memory.buffer().get(bytes - 1)).isEqualTo((byte) 1);
    }
}
