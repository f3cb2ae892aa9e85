package io.hetegen.engine.model;

import io.hetegen.engine.kernel.Kernels.AttentionBlock;
import io.hetegen.engine.linear.Compute;
import io.hetegen.engine.linear.SplitLinear;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Grouped-query self-attention (Ainslie et al., 2023) over a paged KV cache. */
final class Attention {

    /** Queries of one slice that a task attends for: a page is read once for all of them. */
    private static final int TOKENS_PER_TASK = 16;

    private final ModelConfig config;
    private final int layer;
    private final SplitLinear queryKeyValue;
    private final SplitLinear output;
    private final @Nullable HeadNorms headNorms;
    private final RotaryEmbedding rope;
    private @Nullable OnDevice onDevice;

    Attention(
            ModelConfig config,
            int layer,
            SplitLinear queryKeyValue,
            SplitLinear output,
            @Nullable HeadNorms headNorms,
            RotaryEmbedding rope) {
        this.config = config;
        this.layer = layer;
        this.queryKeyValue = queryKeyValue;
        this.output = output;
        this.headNorms = headNorms;
        this.rope = rope;
    }

    /** Norms of each query head and of each key head (Henry et al., 2020). */
    record HeadNorms(Norm query, Norm key) {}

    /** The attention of this layer on a device that has a copy of the caches. */
    interface OnDevice {
        /** From work.query and copies of the caches to work.attended; returns the parts of the batch that the CPU has to do. */
        List<Batch.Part> attend(Batch batch, Workspace work);
    }

    /** From the next pass on it is asked first. */
    void attach(OnDevice device) {
        onDevice = device;
    }

    SplitLinear queryKeyValue() {
        return queryKeyValue;
    }

    SplitLinear output() {
        return output;
    }

    @Nullable
    HeadNorms headNorms() {
        return headNorms;
    }

    RotaryEmbedding rope() {
        return rope;
    }

    /** From work.normed to work.delta; the keys and values of the batch go into the caches first. */
    void forward(Batch batch, Workspace work, Compute compute) {
        queryKeyValue.forward(work.normed, batch.tokens(), compute, work.query, work.key, work.value);
        compute.forEachToken(batch.tokens(), (from, to) -> {
            for (int token = from; token < to; token++) {
                positionAndStore(batch, token, work, compute);
            }
        });
        work.attended.resize(batch.tokens(), config.querySize());
        List<Batch.Part> left = onDevice == null ? batch.parts() : onDevice.attend(batch, work);
        if (!left.isEmpty()) {
            attend(left, work, compute);
        }
        output.forward(work.attended, batch.tokens(), compute, work.delta);
    }

    private void positionAndStore(Batch batch, int token, Workspace work, Compute compute) {
        int position = batch.position(token);
        int headDim = config.headDim();
        int queryOffset = token * config.querySize();
        int keyOffset = token * config.keyValueSize();
        if (headNorms != null) {
            headNorms.query().forEachHead(work.query, queryOffset, config.numHeads(), compute);
            headNorms.key().forEachHead(work.key, keyOffset, config.numKeyValueHeads(), compute);
        }
        rope.rotate(compute.kernels(), work.query, queryOffset, config.numHeads(), headDim, position);
        rope.rotate(compute.kernels(), work.key, keyOffset, config.numKeyValueHeads(), headDim, position);
        batch.cache(token).put(layer, position, work.key, keyOffset, work.value, keyOffset);
    }

    /** From work.query and the caches to work.attended. */
    private void attend(List<Batch.Part> parts, Workspace work, Compute compute) {
        int tasks = 0;
        for (Batch.Part part : parts) {
            tasks += tasks(part);
        }
        compute.team().run(tasks, (task, worker) -> {
            int index = 0;
            int inPart = task;
            while (inPart >= tasks(parts.get(index))) {
                inPart -= tasks(parts.get(index++));
            }
            Batch.Part part = parts.get(index);
            int first = inPart / config.numKeyValueHeads() * TOKENS_PER_TASK;
            AttentionBlock block = new AttentionBlock(
                    inPart % config.numKeyValueHeads(),
                    config.queryHeadsPerKeyValueHead(),
                    config.headDim(),
                    config.querySize(),
                    part.firstToken() + first,
                    part.firstPosition() + first,
                    Math.min(TOKENS_PER_TASK, part.tokens() - first));
            compute.kernels()
                    .attention(
                            block,
                            part.cache().pages(layer),
                            work.query,
                            work.attended.values(),
                            compute.scratch(worker));
        });
    }

    private int tasks(Batch.Part part) {
        return ((part.tokens() - 1) / TOKENS_PER_TASK + 1) * config.numKeyValueHeads();
    }
}
