package io.hetegen.engine.kernel;

import io.hetegen.engine.kernel.LaunchCase.Size;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.TileLayout;
import java.util.Locale;

/** Which kernel a matrix product is, in which grid (docs/cuda-kernels.md). */
record CudaLaunches(String kernel, Size grid, Size block) {

    private static final int GEMV_SLOTS = 16;
    private static final int GEMM_TILES = 4;
    private static final int GEMM_TOKENS = 64;

    static String name(DType dtype, String operation) {
        return dtype.name().toLowerCase(Locale.ROOT) + "_" + operation;
    }

    static CudaLaunches gemv(DType dtype, int columns, int tiles, int tokens) {
        int atOnce = tokens == 1 ? 1 : tokens <= 4 ? 4 : 8;
        int segments = up(columns, TileLayout.SEGMENT);
        int slots = up(segments, up(segments, GEMV_SLOTS));
        int tilesAtOnce = GEMV_SLOTS / slots;
        return new CudaLaunches(
                name(dtype, "gemv" + atOnce),
                Size.of(up(tiles, tilesAtOnce)),
                Size.of(TileLayout.ROWS, slots * tilesAtOnce));
    }

    static CudaLaunches gemm(DType dtype, int tiles, int tokens) {
        return new CudaLaunches(
                name(dtype, "gemm"), Size.of(up(tokens, GEMM_TOKENS), up(tiles, GEMM_TILES)), Size.of(32, 8));
    }

    static int up(int count, int size) {
        return (count + size - 1) / size;
    }
}
