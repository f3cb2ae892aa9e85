package io.hetegen.engine.kernel;

import io.hetegen.engine.device.cuda.LaunchShape;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.TileLayout;
import java.util.Locale;

/** Which CUDA kernel a matrix product is, and in which grid (docs/cuda-kernels.md). */
record LinearLaunch(Product product, LaunchShape shape) {

    private static final int GEMV_SLOTS = 16;
    private static final int GEMM_TILES = 4;
    private static final int GEMM_TOKENS = 64;
    private static final int GEMM_WARPS = 8;

    /** The kernels of a weight type, by the tokens that they are for. */
    enum Product {
        GEMV1(1),
        GEMV4(4),
        GEMV8(8),
        GEMM(Integer.MAX_VALUE);

        private final int mostTokens;

        Product(int mostTokens) {
            this.mostTokens = mostTokens;
        }

        String kernel(DType dtype) {
            return LinearLaunch.name(dtype, name().toLowerCase(Locale.ROOT));
        }

        private static Product of(int tokens) {
            for (Product product : values()) {
                if (tokens <= product.mostTokens) {
                    return product;
                }
            }
            throw new AssertionError("the last one is for any number");
        }
    }

    static String name(DType dtype, String operation) {
        return dtype.name().toLowerCase(Locale.ROOT) + "_" + operation;
    }

    static LinearLaunch of(int columns, int tiles, int tokens) {
        Product product = Product.of(tokens);
        return product == Product.GEMM ? gemm(tiles, tokens) : gemv(product, columns, tiles);
    }

    private static LinearLaunch gemv(Product product, int columns, int tiles) {
        int segments = up(columns, TileLayout.SEGMENT);
        int slots = up(segments, up(segments, GEMV_SLOTS));
        int tilesAtOnce = GEMV_SLOTS / slots;
        LaunchShape shape = new LaunchShape(up(tiles, tilesAtOnce), 1, TileLayout.ROWS, slots * tilesAtOnce, 0);
        return new LinearLaunch(product, shape);
    }

    static LinearLaunch gemm(int tiles, int tokens) {
        return new LinearLaunch(
                Product.GEMM,
                new LaunchShape(up(tokens, GEMM_TOKENS), up(tiles, GEMM_TILES), CudaKernels.WARP, GEMM_WARPS, 0));
    }

    static int up(int count, int size) {
        return (count - 1) / size + 1;
    }
}
