package io.hetegen.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.device.cpu.HostMemory;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WeightArenaTest {

    private static final int LARGE = 40 << 20;

    @Test
    void chunksStartOnPagesAndDoNotOverlap() {
        Random random = new Random(1);
        long before = HostMemory.mappedBytes();
        try (WeightArena arena = new WeightArena()) {
            long bytes = 0;
            for (int i = 0; i < 100; i++) {
                int size = i == 50 ? LARGE : 1 + random.nextInt(1 << 20);
                ByteBuffer chunk = arena.allocate(size);
                assertThat(chunk.capacity()).isEqualTo(size);
                assertThat(chunk.alignmentOffset(0, HostMemory.PAGE)).isZero();
                chunk.put(0, (byte) i).put(size - 1, (byte) i);
                bytes += size;
                assertThat(arena.bytes()).isEqualTo(bytes);
            }
            int i = 0;
            for (ByteBuffer chunk : arena.contents()) {
                assertThat(chunk.get(0)).isEqualTo((byte) i);
                assertThat(chunk.get(chunk.capacity() - 1)).isEqualTo((byte) i++);
            }
        }
        assertThat(HostMemory.mappedBytes()).isEqualTo(before);
    }

    @Test
    void isOverOnceItIsClosed() {
        WeightArena arena = new WeightArena();
        ByteBuffer chunk = arena.allocate(100);
        assertThat(chunk.get(99)).isZero();
        arena.close();
        arena.close();
        assertThat(arena.bytes()).isZero();
        assertThatThrownBy(() -> arena.allocate(1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(arena::checkOpen).hasMessage("the weights are closed");
    }
}
