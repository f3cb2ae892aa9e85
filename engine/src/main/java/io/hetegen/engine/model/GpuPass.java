package io.hetegen.engine.model;

import io.hetegen.engine.kernel.CudaAttention;
import io.hetegen.engine.kernel.CudaAttention.Heads;
import io.hetegen.engine.kernel.CudaAttention.Pages;
import io.hetegen.engine.kernel.CudaOperations;
import io.hetegen.engine.linear.GpuLinears;
import java.util.List;

/**
 * What layers on the GPU compute a batch with. Each call enqueues, and nothing waits.
 *
 * @param parts of the batch: those whose caches have copies there
 * @param left the other parts
 */
record GpuPass(
        Batch batch,
        List<Batch.Part> parts,
        List<Batch.Part> left,
        GpuWorkspace work,
        DeviceVectors vectors,
        GpuKvPool kv,
        CudaOperations operations,
        CudaAttention attention) {

    int tokens() {
        return batch.tokens();
    }

    /**
     * Stores keys and values of a layer and attends, each of the parts with its own cache.
     *
     * @param keys and values may be host memory that is mapped: they are read once
     * @param y may be host memory that is mapped: it is written once
     */
    void attend(int kvIndex, long query, long keys, long values, long y) {
        Heads heads = work.heads();
        long queryBytes = (long) Float.BYTES * heads.query() * heads.headDim();
        long keyBytes = (long) Float.BYTES * heads.keyValue() * heads.headDim();
        for (int i = 0; i < parts.size(); i++) {
            int token = parts.get(i).firstToken();
            int position = parts.get(i).firstPosition();
            int tokens = parts.get(i).tokens();
            Pages pages = new Pages(kv.type(), kv.address(kvIndex), work.pages(i));
            attention.store(heads, pages, position, tokens, keys + token * keyBytes, values + token * keyBytes);
            attention.attend(
                    heads,
                    pages,
                    position,
                    tokens,
                    query + token * queryBytes,
                    work.partial(),
                    work.partialBytes(),
                    y + token * queryBytes);
        }
    }

    /** y = norm(x) for rows of the norm's size; y may be x. */
    void norm(Norm norm, long x, int rows, long y) {
        int size = norm.weight().length;
        long weight = vectors.address(norm.weight());
        float[] bias = norm.bias();
        if (bias == null) {
            operations.rmsNorm(x, weight, rows, size, norm.eps(), y);
        } else {
            operations.layerNorm(x, weight, vectors.address(bias), rows, size, norm.eps(), y);
        }
    }

    /** y = W x (+ b) for each of the linears in turn. */
    void multiply(GpuLinears linears, long x, int rows, long... y) {
        linears.enqueue(x, rows, y);
        for (int i = 0; i < y.length; i++) {
            float[] bias = linears.linears().get(i).bias();
            if (bias != null) {
                operations.addBias(y[i], vectors.address(bias), rows, bias.length);
            }
        }
    }
}
