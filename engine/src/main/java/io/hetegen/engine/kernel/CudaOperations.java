package io.hetegen.engine.kernel;

import io.hetegen.engine.device.cuda.CudaDevice;
import io.hetegen.engine.device.cuda.CudaKernel;
import io.hetegen.engine.device.cuda.CudaModule;
import io.hetegen.engine.device.cuda.CudaStream;
import io.hetegen.engine.device.cuda.KernelArguments;
import io.hetegen.engine.device.cuda.LaunchShape;

/**
 * The kernels of docs/cuda-kernels.md for norms, rotation and what works element by element, on one stream: each call
 * enqueues one and returns. Addresses are the device's, arrays are floats. For one thread at a time.
 */
public final class CudaOperations implements AutoCloseable {

    static final int THREADS = 256;

    private final CudaStream stream;
    private final CudaKernel copy;
    private final CudaKernel add;
    private final CudaKernel addBias;
    private final CudaKernel swiGlu;
    private final CudaKernel relu;
    private final CudaKernel rmsNorm;
    private final CudaKernel layerNorm;
    private final CudaKernel rope;
    private final KernelArguments arguments;

    CudaOperations(CudaDevice device, CudaStream stream, CudaModule operations) {
        this.stream = stream;
        this.copy = operations.kernel("copy");
        this.add = operations.kernel("add");
        this.addBias = operations.kernel("add_bias");
        this.swiGlu = operations.kernel("swiglu");
        this.relu = operations.kernel("relu");
        this.rmsNorm = operations.kernel("rms_norm");
        this.layerNorm = operations.kernel("layer_norm");
        this.rope = operations.kernel("rope");
        this.arguments = device.arguments(7);
    }

    /** y = x; either may be host memory that is mapped. */
    public void copy(long x, long y, int count) {
        arguments.setLong(0, x).setLong(1, y).setInt(2, count);
        launchForEach(copy, count);
    }

    /** x += y */
    public void add(long x, long y, int count) {
        arguments.setLong(0, x).setLong(1, y).setInt(2, count);
        launchForEach(add, count);
    }

    /** Adds a bias to each row of y, [token][element of bias]. */
    public void addBias(long y, long bias, int tokens, int size) {
        int count = tokens * size;
        arguments.setLong(0, y).setLong(1, bias).setInt(2, size).setInt(3, count);
        launchForEach(addBias, count);
    }

    /** y = silu(gate) * up; y may be one of the operands. */
    public void swiGlu(long gate, long up, long y, int count) {
        arguments.setLong(0, gate).setLong(1, up).setLong(2, y).setInt(3, count);
        launchForEach(swiGlu, count);
    }

    /** y = max(0, x); y may be x. */
    public void relu(long x, long y, int count) {
        arguments.setLong(0, x).setLong(1, y).setInt(2, count);
        launchForEach(relu, count);
    }

    /** Each of some rows: y = x / rms(x) * weight; y may be x. */
    public void rmsNorm(long x, long weight, int rows, int size, float eps, long y) {
        arguments
                .setLong(0, x)
                .setLong(1, weight)
                .setInt(2, size)
                .setFloat(3, eps)
                .setLong(4, y);
        launch(rmsNorm, rows);
    }

    /** Each of some rows: y = (x - mean) / deviation * weight + bias; y may be x. */
    public void layerNorm(long x, long weight, long bias, int rows, int size, float eps, long y) {
        arguments
                .setLong(0, x)
                .setLong(1, weight)
                .setLong(2, bias)
                .setInt(3, size)
                .setFloat(4, eps)
                .setLong(5, y);
        launch(layerNorm, rows);
    }

    /**
     * Rotates the leading elements of each head of x, [token][head][element], in place.
     *
     * @param table [row][pair] of cosine and sine
     * @param rows of the table, an integer for each token
     */
    public void rope(long x, int tokens, int heads, int headDim, long table, long rows, int pairs, RopePairs kind) {
        arguments
                .setLong(0, x)
                .setInt(1, heads)
                .setInt(2, headDim)
                .setLong(3, table)
                .setLong(4, rows)
                .setInt(5, pairs)
                .setInt(6, kind == RopePairs.INTERLEAVED ? 1 : 0);
        launch(rope, tokens);
    }

    private void launchForEach(CudaKernel kernel, int count) {
        launch(kernel, LinearLaunch.up(count, THREADS));
    }

    private void launch(CudaKernel kernel, int blocks) {
        stream.launch(kernel, LaunchShape.of(blocks, THREADS), arguments);
    }

    @Override
    public void close() {
        arguments.close();
    }
}
