package io.hetegen.engine.kernel;

import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaKernel;
import io.hetegen.engine.device.cuda.CudaModule;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.device.cuda.KernelArguments;
import io.hetegen.engine.device.cuda.LaunchShape;
import io.hetegen.engine.kernel.LinearLaunch.Product;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.TileLayout;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The kernels of docs/cuda-kernels.md on one stream: each call enqueues one and returns. A weight type's kernels are
 * compiled when they are first asked for. Addresses are the device's. For one thread at a time.
 */
public final class CudaKernels implements AutoCloseable {

    static final int WARP = 32;

    private static final int ALIGNMENT = 16;

    private final CudaDevice device;
    private final CudaStream stream;
    private final List<CudaModule> modules = new ArrayList<>();
    /** By {@link Product}. */
    private final Map<DType, CudaKernel[]> products = new EnumMap<>(DType.class);

    private final CudaOperations operations;
    private final CudaAttention attention;
    private final CudaKernel quantize32;
    private final CudaKernel quantize256;
    private final KernelArguments productArguments;
    private final KernelArguments quantizeArguments;

    public CudaKernels(CudaDevice device, CudaStream stream) {
        this.device = device;
        this.stream = stream;
        CudaModule module = module("operations");
        this.operations = new CudaOperations(device, stream, module);
        this.attention = new CudaAttention(device, stream, module);
        this.quantize32 = module.kernel("quantize_32");
        this.quantize256 = module.kernel("quantize_256");
        this.productArguments = device.arguments(8);
        this.quantizeArguments = device.arguments(4);
    }

    /** On the same stream; closed with this. */
    public CudaOperations operations() {
        return operations;
    }

    /** On the same stream; closed with this. */
    public CudaAttention attention() {
        return attention;
    }

    private CudaModule module(String name) {
        CudaModule module = device.module(CudaDevice.class, name);
        modules.add(module);
        return module;
    }

    /** Compiles the products with weights of a type, which can take seconds, if that is not done yet. */
    public void load(DType dtype) {
        products(dtype);
    }

    private CudaKernel[] products(DType dtype) {
        return products.computeIfAbsent(dtype, type -> {
            CudaModule module = module(type.name().toLowerCase(Locale.ROOT));
            return Stream.of(Product.values())
                    .map(product -> module.kernel(product.kernel(type)))
                    .toArray(CudaKernel[]::new);
        });
    }

    /** Bytes of activations in the form that weights in blocks of so many columns multiply; 1: as they are. */
    public static long inputBytes(int block, int tokens, int columns) {
        long values = (long) tokens * columns;
        return block == 1
                ? Float.BYTES * values
                : padded(values) + padded(Float.BYTES * values / block) + padded(Short.BYTES * values / ALIGNMENT);
    }

    private static long padded(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /**
     * Brings activations, [token][column], into the form that weights in blocks of so many columns multiply.
     *
     * @param x may be host memory that is mapped: it is read once
     * @param target of {@link #inputBytes}
     */
    public void prepare(int block, long x, int tokens, int columns, long target) {
        if (block == 1) {
            operations.copy(x, target, tokens * columns);
            return;
        }
        quantizeArguments.setLong(0, x).setInt(1, tokens).setInt(2, columns).setLong(3, target);
        int blocks = LinearLaunch.up(tokens * (columns / block), CudaOperations.THREADS / WARP);
        stream.launch(
                block == WARP ? quantize32 : quantize256,
                LaunchShape.of(blocks, CudaOperations.THREADS),
                quantizeArguments);
    }

    /**
     * y = W x for the rows of some tiles.
     *
     * @param tiles of the first of them; they lie one after the other
     * @param x as {@link #prepare} left it
     * @param y [token][row of W]; may be host memory that is mapped: each element is written once
     */
    public void multiply(TileLayout w, int firstTile, int numTiles, long tiles, long x, int tokens, long y) {
        LinearLaunch launch = LinearLaunch.of(w.columns(), numTiles, tokens);
        productArguments
                .setLong(0, tiles)
                .setInt(1, firstTile)
                .setInt(2, numTiles)
                .setInt(3, w.rows())
                .setInt(4, w.columns())
                .setLong(5, x)
                .setInt(6, tokens)
                .setLong(7, y);
        CudaKernel kernel = products(w.dtype())[launch.product().ordinal()];
        stream.launch(kernel, launch.shape(), productArguments);
    }

    @Override
    public void close() {
        productArguments.close();
        quantizeArguments.close();
        operations.close();
        attention.close();
        modules.forEach(CudaModule::close);
    }
}
