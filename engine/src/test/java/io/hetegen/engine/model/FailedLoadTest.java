package io.hetegen.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.KvType;
import io.hetegen.engine.ModelException;
import io.hetegen.engine.device.cpu.HostMemory;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelMetadata;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.tensor.DType;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A load that ends early gives back at once what it has taken. */
class FailedLoadTest {

    /** What there is without the native library. */
    private static final BufferPoolMXBean DIRECT_MEMORY =
            ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                    .filter(pool -> pool.getName().equals("direct"))
                    .findAny()
                    .orElseThrow();

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void givesItsMemoryBack(boolean error) {
        RandomModelFile file = RandomModelFile.of(DType.F32, 97, 1);
        ModelConfig config = ModelConfigReader.read(file);
        Failing failing = new Failing(file, error ? new OutOfMemoryError("none left") : new ModelException("disk"));
        long before = memoryUsed();
        try (ThreadTeam team = new ThreadTeam(2)) {
            assertThatThrownBy(() -> ModelLoader.load(failing, config, team, KvType.F16))
                    .isSameAs(failing.failure);
        }
        assertThat(failing.memoryUsed - before).isGreaterThan(100_000);
        assertThat(memoryUsed()).isLessThanOrEqualTo(before);
    }

    @Test
    void endsWhenItIsInterrupted() {
        RandomModelFile file = RandomModelFile.of(DType.F32, 97, 1);
        ModelConfig config = ModelConfigReader.read(file);
        long before = memoryUsed();
        try (ThreadTeam team = new ThreadTeam(2)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> ModelLoader.load(file, config, team, KvType.F16))
                    .isInstanceOf(ModelException.class)
                    .hasMessage("loading was interrupted");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(memoryUsed()).isLessThanOrEqualTo(before);
    }

    private static long memoryUsed() {
        return HostMemory.mappedBytes() + DIRECT_MEMORY.getMemoryUsed();
    }

    /** The disk fails, or memory ends, at the last matrix but one. */
    private static final class Failing implements ModelFile {
        private final ModelFile file;
        private final Throwable failure;
        private long memoryUsed;

        private Failing(ModelFile file, Throwable failure) {
            this.file = file;
            this.failure = failure;
        }

        @Override
        public Path path() {
            return file.path();
        }

        @Override
        public ModelMetadata metadata() {
            return file.metadata();
        }

        @Override
        public Map<String, TensorInfo> tensors() {
            return file.tensors();
        }

        @Override
        public void read(TensorInfo tensor, long position, ByteBuffer target) {
            if (tensor.name().equals("blk.1.ffn_down.weight")) {
                memoryUsed = memoryUsed();
                if (failure instanceof Error e) {
                    throw e;
                }
                throw (RuntimeException) failure;
            }
            file.read(tensor, position, target);
        }

        @Override
        public void close() {}
    }
}
