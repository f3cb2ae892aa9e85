package io.hetegen.engine.format.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.format.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufFileTest {

    private static final int BYTES = 4 * 10_007;
    private static final int READERS = 4;

    @TempDir
    private Path folder;

    private final byte[] data = new byte[BYTES];
    private Path path;
    private ModelFile file;
    private TensorInfo tensor;

    @BeforeEach
    void open() {
        new Random(1).nextBytes(data);
        path = new GgufBuilder()
                .tensor("before", 0, new byte[4], 1)
                .tensor("tensor", 0, data, BYTES / 4)
                .write(folder);
        file = ModelFiles.open(path);
        tensor = file.tensor("tensor");
    }

    @AfterEach
    void close() {
        file.close();
    }

    @Test
    void fillsTheRestOfHeapAndDirectBuffers() {
        for (ByteBuffer target : List.of(ByteBuffer.allocate(1000), ByteBuffer.allocateDirect(1000))) {
            target.position(3).limit(990);
            file.read(tensor, 39_001, target);
            assertThat(target.hasRemaining()).isFalse();
            byte[] read = new byte[987];
            target.position(3).get(read);
            assertThat(read).isEqualTo(Arrays.copyOfRange(data, 39_001, 39_988));
        }
    }

    @Test
    void threadsDoNotDisturbEachOther() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(READERS);
        try {
            List<Future<Boolean>> readers = threads.invokeAll(Collections.nCopies(READERS, this::readsAreRight));
            for (Future<Boolean> reader : readers) {
                assertThat(reader.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void refusesToReadPastTheTensor() {
        assertThat(read(BYTES - 5, 5)).isEqualTo(Arrays.copyOfRange(data, BYTES - 5, BYTES));
        assertThatThrownBy(() -> read(BYTES - 5, 6)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> read(-1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void noticesThatTheFileBecameShorter() throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.truncate(tensor.offset() + 100);
        }
        assertThat(read(0, 100)).isEqualTo(Arrays.copyOf(data, 100));
        assertThatThrownBy(() -> read(50, 51))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContainingAll(path.toString(), "'tensor'", "byte " + (tensor.offset() + 100), "shorter");
    }

    @Test
    void readsBeyondTwoGibibytes() throws IOException {
        long offset = (1L << 31) + 64;
        Path large = new GgufBuilder()
                .tensor("large", 0, new byte[0], (1L << 29) + 16)
                .tensor("far", 0, new byte[0], 1)
                .changeTensor("far", far -> far.withOffset(offset))
                .write(Files.createDirectory(folder.resolve("large")));
        long dataStart = Files.size(large);
        try (FileChannel channel = FileChannel.open(large, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3, 4}), dataStart + offset);
        }
        try (ModelFile sparse = ModelFiles.open(large)) {
            ByteBuffer target = ByteBuffer.allocate(4);
            sparse.read(sparse.tensor("far"), 0, target);
            assertThat(target.array()).containsExactly(1, 2, 3, 4);
        }
    }

    @Test
    void closedFileFailsWithAModelException() {
        file.close();
        assertThatThrownBy(() -> read(0, 1)).isInstanceOf(ModelException.class).hasMessageContaining("'tensor'");
    }

    private boolean readsAreRight() {
        for (int i = 0; i < 5_000; i++) {
            int offset = i * 131 % (BYTES - 77);
            if (!Arrays.equals(read(offset, 77), Arrays.copyOfRange(data, offset, offset + 77))) {
                return false;
            }
        }
        return true;
    }

    private byte[] read(int offset, int length) {
        ByteBuffer target = ByteBuffer.allocate(length);
        file.read(tensor, offset, target);
        return target.array();
    }
}
