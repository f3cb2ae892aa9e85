package io.hetegen.engine.kernel;

import io.hetegen.engine.device.cuda.CudaBlas;
import io.hetegen.engine.device.cuda.CudaBlas.Operand;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaKernel;
import io.hetegen.engine.device.cuda.CudaModule;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.device.cuda.KernelArguments;
import io.hetegen.engine.device.cuda.LaunchShape;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.TileLayout;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * The kernels of docs/cuda-kernels.md around a product of cuBLAS, on one stream: each call enqueues one and returns.
 * Addresses are the device's. For one thread at a time.
 */
public final class FastKernels implements AutoCloseable {

    private static final int UNPACKED_WORDS = 64;

    /** Of bytes, between the starts of rows that cuBLAS reads: what its fastest kernels ask for. */
    private static final int ALIGNMENT = 16;

    private final CudaStream stream;
    private final CudaModule module;
    private final CudaKernel unpack;
    private final Map<Operand, CudaKernel> inputs = new EnumMap<>(Operand.class);
    private final CudaKernel output;
    private final KernelArguments arguments;

    public FastKernels(CudaDevice device, CudaStream stream) {
        this.stream = stream;
        this.module = device.module(CudaDevice.class, "fast");
        this.unpack = module.kernel("unpack_tiles");
        for (Operand operand : Operand.values()) {
            inputs.put(operand, module.kernel("fast_input_" + operand.name().toLowerCase(Locale.ROOT)));
        }
        this.output = module.kernel("fast_output");
        this.arguments = device.arguments(7);
    }

    /** Whether there is such an operand: all float weights, no others. */
    public static boolean take(DType dtype) {
        return dtype.blockSize() == 1;
    }

    /** Bytes from the start of a row to the next, of weights and of activations for them. */
    public static long rowBytes(TileLayout layout) {
        return (layout.tileBytes() / TileLayout.ROWS + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** They have the names of the float types. */
    private static Operand operand(TileLayout layout) {
        return Operand.valueOf(layout.dtype().name());
    }

    private static int stride(TileLayout layout) {
        return (int) (rowBytes(layout) / layout.dtype().blockBytes());
    }

    /**
     * Brings activations into the form that weights multiply.
     *
     * @param x [token][column], floats
     * @param target tokens * {@link #rowBytes}
     * @param scales a float for each token, for {@link #output}
     */
    public void input(TileLayout layout, long x, int tokens, long target, long scales) {
        arguments
                .setLong(0, x)
                .setInt(1, layout.columns())
                .setInt(2, stride(layout))
                .setLong(3, target)
                .setLong(4, scales);
        CudaKernel kernel = Objects.requireNonNull(inputs.get(operand(layout)));
        stream.launch(kernel, LaunchShape.of(tokens, CudaOperations.THREADS), arguments);
    }

    /** @param rows numTiles * {@link TileLayout#ROWS} * {@link #rowBytes} */
    public void unpack(TileLayout layout, int numTiles, long tiles, long rows) {
        int words = (int) (layout.tileBytes() / TileLayout.ROWS / Integer.BYTES);
        arguments
                .setLong(0, tiles)
                .setInt(1, words)
                .setInt(2, (int) (rowBytes(layout) / Integer.BYTES))
                .setLong(3, rows);
        LaunchShape shape =
                new LaunchShape(LinearLaunch.up(words, UNPACKED_WORDS), numTiles, CudaOperations.THREADS, 1, 0);
        stream.launch(unpack, shape, arguments);
    }

    /**
     * @param w what {@link #unpack} left of so many rows
     * @param x what {@link #input} left
     * @param products [token][one of so many rows], floats
     */
    public void multiply(CudaBlas blas, TileLayout layout, int rows, long w, long x, int tokens, long products) {
        int stride = stride(layout);
        blas.multiply(operand(layout), rows, tokens, layout.columns(), w, stride, x, stride, products, rows);
    }

    /** @param y [token][row], of which some rows from {@code firstRow} on are written; may be mapped host memory */
    public void output(TileLayout layout, int firstRow, int rows, long products, long scales, int tokens, long y) {
        arguments
                .setLong(0, products)
                .setInt(1, rows)
                .setLong(2, scales)
                .setLong(3, y)
                .setInt(4, layout.rows())
                .setInt(5, firstRow)
                .setInt(6, rows);
        LaunchShape shape =
                new LaunchShape(tokens, LinearLaunch.up(rows, CudaOperations.THREADS), CudaOperations.THREADS, 1, 0);
        stream.launch(output, shape, arguments);
    }

    @Override
    public void close() {
        arguments.close();
        module.close();
    }
}
