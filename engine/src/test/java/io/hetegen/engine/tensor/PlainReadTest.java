package io.hetegen.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.hetegen.engine.device.cpu.NativeLibrary;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainReadTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 8, 31, 64, 1000, 4099})
    void theNativeLoopReadsEveryWord(int length) {
        assumeThat(NativeLibrary.problem()).isNull();
        byte[] bytes = new byte[16 + length];
        new Random(length).nextBytes(bytes);
        ByteBuffer memory = ByteBuffer.allocateDirect(bytes.length).put(bytes);

        assertThat(PlainRead.sum(memory, 8, length)).isEqualTo(PlainRead.javaSum(memory, 8, length));
    }
}
