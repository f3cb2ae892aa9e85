package io.hetegen.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hetegen.engine.device.cpu.HostMemory;
import io.hetegen.engine.device.cpu.NativeLibrary;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The packing in C gives the bytes of the Java one, which the kernels' tests hold against docs/arithmetic.md. */
class TilePackingTest {

    private static final int[] ROWS = {1, 15, 16, 17, 50};
    private static final int[] BLOCKS = {1, 2, 3, 16, 17, 31, 33, 511, 513};

    /** So many zero bytes before and behind the tiles must stay. */
    private static final int MARGIN = 64;

    @BeforeEach
    void needsTheLibrary() {
        assumeTrue(NativeLibrary.problem() == null, "the native library is not built");
    }

    @ParameterizedTest
    @EnumSource
    void nativeEqualsReference(DType dtype) {
        Random random = new Random(dtype.ordinal());
        for (int rows : ROWS) {
            for (int blocks : BLOCKS) {
                int columns = blocks * dtype.blockSize() > 4200 ? 4096 + dtype.blockSize() : blocks * dtype.blockSize();
                TileLayout layout = new TileLayout(dtype, rows, columns);
                byte[] file = new byte[Math.toIntExact(rows * layout.fileRowBytes())];
                random.nextBytes(file);
                assertThat(packed(new NativePacking(), layout, file))
                        .as("%s", layout)
                        .isEqualTo(packed(new ReferencePacking(), layout, file));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "Q4_K"})
    void refusesWhatDoesNotFit(DType dtype) {
        TileLayout layout = new TileLayout(dtype, 17, 256);
        try (HostMemory file = HostMemory.allocate(17 * (int) layout.fileRowBytes());
                HostMemory chunk = HostMemory.allocate(2 * (int) layout.tileBytes())) {
            NativePacking packing = new NativePacking();
            ByteBuffer rows = file.buffer();
            ByteBuffer tiles = chunk.buffer();
            assertThatThrownBy(() -> packing.pack(layout, rows, 18, tiles, 0))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> packing.pack(layout, rows, 17, tiles, 1))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    private static byte[] packed(TilePacking packing, TileLayout layout, byte[] bytes) {
        int size = Math.toIntExact(layout.tiles() * layout.tileBytes());
        try (HostMemory file = HostMemory.allocate(bytes.length);
                HostMemory chunk = HostMemory.allocate(MARGIN + size + MARGIN)) {
            file.buffer().put(bytes);
            packing.pack(layout, file.buffer(), layout.rows(), chunk.buffer(), MARGIN);
            byte[] all = new byte[MARGIN + size + MARGIN];
            chunk.buffer().get(all);
            return all;
        }
    }
}
