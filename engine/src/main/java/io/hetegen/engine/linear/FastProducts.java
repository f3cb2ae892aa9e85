package io.hetegen.engine.linear;

import io.hetegen.engine.device.cuda.BlasException;
import io.hetegen.engine.device.cuda.CudaBlas;
import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.device.cuda.DeviceBuffer;
import io.hetegen.engine.device.cuda.OutOfDeviceMemoryException;
import io.hetegen.engine.kernel.FastKernels;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.TileLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code numerics = fast}: products of float weights with many tokens through cuBLAS, where there is device memory for it.
 * Any error of cuBLAS ends that for good; the device goes on without. For one thread.
 */
final class FastProducts implements DeviceReserve {

    /** With fewer tokens, decode's, a product takes as long as its weights need to be read. */
    static final int LEAST_TOKENS = 9;

    /** Of unpacked weights at a time: enough rows to fill the largest GPU in most shapes. */
    private static final long WEIGHTS_BYTES = 32L << 20;

    /** What NVIDIA recommends, for Hopper and newer and for older devices. */
    private static final long WORKSPACE_BYTES = 32L << 20;

    private static final long SMALL_WORKSPACE_BYTES = 4L << 20;
    private static final int HOPPER = 9;

    private final CudaDevice device;
    private final CudaStream stream;
    private final int maxTokens;
    private final List<TileLayout> layouts;
    private final FastKernels kernels;
    private @Nullable Memory memory;
    private @Nullable String givenUp;
    private boolean on;
    private boolean used;

    /** Of the activations that are ready, null if there are none. */
    private @Nullable DType prepared;

    private record Memory(
            DeviceBuffer weights,
            DeviceBuffer inputs,
            DeviceBuffer scales,
            DeviceBuffer products,
            DeviceBuffer workspace,
            CudaBlas blas) {

        void close() {
            blas.close();
            List.of(weights, inputs, scales, products, workspace).forEach(DeviceBuffer::close);
        }
    }

    /** @param maxTokens of a pass that the GPU takes part in */
    FastProducts(CudaDevice device, CudaStream stream, Collection<TileLayout> weights, int maxTokens) {
        this.device = device;
        this.stream = stream;
        this.maxTokens = maxTokens;
        this.layouts = weights.stream()
                .filter(layout -> FastKernels.take(layout.dtype()))
                .distinct()
                .toList();
        this.kernels = new FastKernels(device, stream);
    }

    @Override
    public String purpose() {
        return "products through cuBLAS";
    }

    @Override
    public long bytes(long most) {
        if (layouts.isEmpty() || maxTokens < LEAST_TOKENS || givenUp != null) {
            return 0;
        }
        long bytes = weightsBytes() + inputsBytes() + scalesBytes() + productsBytes() + workspaceBytes();
        return bytes <= most ? bytes : 0;
    }

    private long weightsBytes() {
        return most(layout -> tilesAtOnce(layout) * unpackedBytes(layout));
    }

    private long inputsBytes() {
        return most(layout -> maxTokens * FastKernels.rowBytes(layout));
    }

    private long scalesBytes() {
        return (long) maxTokens * Float.BYTES;
    }

    private long productsBytes() {
        return most(layout -> (long) maxTokens * tilesAtOnce(layout) * TileLayout.ROWS * Float.BYTES);
    }

    private long workspaceBytes() {
        return device.properties().capability().major() < HOPPER ? SMALL_WORKSPACE_BYTES : WORKSPACE_BYTES;
    }

    private interface BytesOf {
        long bytes(TileLayout layout);
    }

    private long most(BytesOf bytes) {
        return layouts.stream().mapToLong(bytes::bytes).max().orElseThrow();
    }

    private static int tilesAtOnce(TileLayout layout) {
        return (int) Math.max(1, Math.min(layout.tiles(), WEIGHTS_BYTES / unpackedBytes(layout)));
    }

    private static long unpackedBytes(TileLayout layout) {
        return TileLayout.ROWS * FastKernels.rowBytes(layout);
    }

    /** Without cuBLAS nothing is taken, and {@link #whyNot} says why. */
    @Override
    public void take(long most) {
        List<DeviceBuffer> buffers = new ArrayList<>();
        try {
            for (long bytes :
                    List.of(weightsBytes(), inputsBytes(), scalesBytes(), productsBytes(), workspaceBytes())) {
                buffers.add(device.allocate(bytes));
            }
            DeviceBuffer workspace = buffers.get(4);
            CudaBlas blas = device.blas(stream, workspace);
            memory = new Memory(buffers.get(0), buffers.get(1), buffers.get(2), buffers.get(3), workspace, blas);
        } catch (OutOfDeviceMemoryException e) {
            buffers.forEach(DeviceBuffer::close);
            throw e;
        } catch (BlasException e) {
            buffers.forEach(DeviceBuffer::close);
            givenUp = e.getMessage();
        }
    }

    @Override
    public void giveBack() {
        if (memory != null) {
            memory.close();
            memory = null;
        }
    }

    /** Why there are none now, in words; null if there are. */
    @Nullable
    String whyNot() {
        if (givenUp != null || memory != null) {
            return givenUp;
        }
        if (layouts.isEmpty()) {
            return "the model has no float weights";
        }
        return maxTokens < LEAST_TOKENS
                ? "the GPU takes part in no pass of " + LEAST_TOKENS + " tokens"
                : "it needs " + bytes(Long.MAX_VALUE)
                        + " bytes of GPU memory beside weights, and the budget has no room for them";
    }

    /** What they do, for people: the end of a sentence. */
    String effect() {
        return String.format(
                "multiplies by weights of %s through cuBLAS %s in passes of %s tokens and more, as far as they are the GPU's",
                layouts.stream()
                        .map(layout -> layout.dtype().name())
                        .distinct()
                        .sorted()
                        .collect(Collectors.joining(" and ")),
                memory().blas().version(),
                LEAST_TOKENS);
    }

    private Memory memory() {
        if (memory == null) {
            throw new IllegalStateException("there is no memory for fast products");
        }
        return memory;
    }

    /** From here on they are taken. */
    void turnOn() {
        on = true;
    }

    /** A pass begins, in which none was used yet. */
    void beginPass() {
        used = false;
    }

    /** Whether one was, in this pass or the one that is over. */
    boolean isUsed() {
        return used;
    }

    /** Whether a product with such weights is one of these. */
    boolean take(TileLayout layout, int tokens) {
        return on && memory != null && givenUp == null && tokens >= LEAST_TOKENS && FastKernels.take(layout.dtype());
    }

    /** Other activations come: those that were prepared are void. */
    void begin() {
        prepared = null;
    }

    /**
     * Enqueues y = W x for the rows of some tiles; nothing that matters is written if it fails.
     *
     * @param x [token][column], floats of the device's memory
     * @param y [token][row of W]; may be host memory that is mapped
     * @throws BlasException if cuBLAS fails: {@link #giveUp} is what to do then
     */
    void multiply(TileLayout layout, int firstTile, int numTiles, long tiles, long x, int tokens, long y) {
        Memory there = memory();
        long inputs = there.inputs().address(0);
        long scales = there.scales().address(0);
        if (prepared != layout.dtype()) {
            kernels.input(layout, x, tokens, inputs, scales);
            prepared = layout.dtype();
        }
        long weights = there.weights().address(0);
        long products = there.products().address(0);
        int step = tilesAtOnce(layout);
        for (int done = 0; done < numTiles; done += step) {
            int count = Math.min(step, numTiles - done);
            int firstRow = (firstTile + done) * TileLayout.ROWS;
            int rows = Math.min(count * TileLayout.ROWS, layout.rows() - firstRow);
            kernels.unpack(layout, count, tiles + done * layout.tileBytes(), weights);
            kernels.multiply(there.blas(), layout, rows, weights, inputs, tokens, products);
            kernels.output(layout, firstRow, rows, products, scales, tokens, y);
        }
        used = true;
    }

    /** From here on there are none; the memory goes when the device's holdings adapt. */
    void giveUp(@Nullable String reason) {
        givenUp = String.valueOf(reason);
    }
}
