package io.hetegen.engine.model;

import io.hetegen.engine.device.cuda.DeviceException;
import io.hetegen.engine.kernel.CudaKernels;
import io.hetegen.engine.linear.Accelerator;
import io.hetegen.engine.linear.Compute;
import io.hetegen.engine.linear.GpuLinears;
import io.hetegen.engine.linear.GpuPlan;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What of a pass is the GPU's beside linears: runs of whole layers, and of the output matrix behind them, and the
 * attention of other layers, of the sequences whose KV caches have copies there. The host's caches are complete after each layer, and a run
 * starts from the residual in the host's memory and leaves it as it was until all of the run is done: if the GPU is lost,
 * the CPU does the same instead, with the same bits.
 */
final class GpuDecoder {

    private final ModelConfig config;
    private final Accelerator accelerator;
    private final GpuMemory memory;
    /** By layer; null for those whose caches have no copies. */
    private final @Nullable GpuDecoderLayer[] layers;

    private final RotaryEmbedding rope;
    private final Norm outputNorm;
    private final GpuLinears output;

    /** By layer whether it is whole in this pass, at last the output. */
    private final boolean[] whole;

    /** Null where linears are all that is the GPU's. */
    private @Nullable GpuPass pass;

    GpuDecoder(ModelConfig config, DecoderLm.Weights weights, GpuPlan plan, Accelerator accelerator, GpuMemory memory) {
        this.config = config;
        this.accelerator = accelerator;
        this.memory = memory;
        this.layers = new GpuDecoderLayer[config.numLayers()];
        for (int index = 0; index < plan.layers().size(); index++) {
            int layer = plan.layers().get(index);
            GpuDecoderLayer onGpu = new GpuDecoderLayer(config, weights.layers().get(layer), index, accelerator);
            layers[layer] = onGpu;
            weights.layers().get(layer).attention().attach((batch, work) -> attend(onGpu, batch, work));
        }
        this.rope = weights.rope();
        this.outputNorm = weights.outputNorm();
        this.output = accelerator.linears(weights.output());
        this.whole = new boolean[layers.length + 1];
    }

    /** Of the plan's layers and the output: parameters that are no matrix. */
    static List<float[]> vectors(DecoderLm.Weights weights, GpuPlan plan) {
        Stream<float[]> ofLayers = plan.layers().stream()
                .flatMap(layer -> GpuDecoderLayer.vectors(weights.layers().get(layer)));
        return Stream.concat(ofLayers, weights.outputNorm().vectors()).toList();
    }

    /** A pass begins: decides what of it is the GPU's. */
    void begin(Batch batch, int tokensWanted) {
        memory.want(batch);
        accelerator.begin(batch.tokens(), batch.decodes());
        pass = null;
        GpuMemory.Contents there = memory.contents();
        if (there == null || accelerator.isLost() || !there.work().hasRoomFor(batch.tokens())) {
            return;
        }
        there.kv().begin(batch);
        List<Batch.Part> parts = there.kv().reserve(batch);
        if (parts.isEmpty()) {
            return;
        }
        try {
            begin(batch, parts, tokensWanted, there);
        } catch (DeviceException e) {
            accelerator.lose(e.getMessage());
        }
    }

    /** The pass that had begun is over. */
    void end() {
        accelerator.end();
    }

    private void begin(Batch batch, List<Batch.Part> parts, int tokensWanted, GpuMemory.Contents there) {
        List<Batch.Part> left =
                batch.parts().stream().filter(part -> !parts.contains(part)).toList();
        for (int i = 0; i < layers.length; i++) {
            GpuDecoderLayer layer = layers[i];
            whole[i] = left.isEmpty() && layer != null && layer.isWhole();
            if (layer != null) {
                there.kv().fill(layer.kvIndex(), parts, there.stream());
            }
        }
        whole[layers.length] =
                output.isWhole() && tokensWanted > 0 && there.work().hasRoomForLogits(tokensWanted);
        CudaKernels kernels = accelerator.kernels();
        there.work().begin(batch.tokens(), parts, there.kv(), kernels.operations());
        pass = new GpuPass(
                batch,
                parts,
                left,
                there.work(),
                there.vectors(),
                there.kv(),
                kernels.operations(),
                kernels.attention());
    }

    private @Nullable GpuPass running() {
        return accelerator.isLost() ? null : pass;
    }

    /**
     * Runs the layers from {@code first} on that are whole, and the output if it is next.
     *
     * @param wanted tokens of which logits are wanted
     * @return what comes next: {@code first} if nothing was done, and behind the output the number of layers + 1
     */
    int forward(int first, int[] wanted, Workspace work, Compute compute) {
        GpuPass running = running();
        if (running == null) {
            return first;
        }
        int end = first;
        int most = first + running.work().mostLayers(running.tokens());
        while (end < Math.min(most, layers.length) && whole[end]) {
            end++;
        }
        if (end == first) {
            return first;
        }
        boolean withOutput = end == layers.length && whole[end];
        try {
            enqueue(first, end, withOutput ? wanted : new int[0], running, work.residual);
            accelerator.await();
        } catch (DeviceException e) {
            accelerator.lose(e.getMessage());
            return first;
        }
        finish(first, end, running, work, compute);
        if (withOutput) {
            running.work().getLogits(wanted.length, work.logits);
        } else {
            running.work().getResidual(work.residual);
        }
        return withOutput ? end + 1 : end;
    }

    /** {@link Attention.OnDevice#attend} in a layer that is not whole. */
    private List<Batch.Part> attend(GpuDecoderLayer layer, Batch batch, Workspace work) {
        GpuPass running = running();
        if (running == null) {
            return batch.parts();
        }
        GpuWorkspace onGpu = running.work();
        try {
            onGpu.upload(work.query, work.key, work.value, running.operations());
            running.attend(layer.kvIndex(), onGpu.query(), onGpu.hostKey(), onGpu.hostValue(), onGpu.hostAttended());
            accelerator.await();
        } catch (DeviceException e) {
            accelerator.lose(e.getMessage());
            return batch.parts();
        }
        onGpu.getAttended(running.parts(), work.attended.values());
        running.kv().filled(layer.kvIndex(), running.parts());
        return running.left();
    }

    private void enqueue(int first, int end, int[] wanted, GpuPass pass, float[] residual) {
        GpuWorkspace work = pass.work();
        work.makeRoomForLogits(wanted.length);
        work.upload(residual, pass.batch(), rope, pass.operations());
        for (int layer = first; layer < end; layer++) {
            Objects.requireNonNull(layers[layer]).enqueue(pass, layer - first);
        }
        if (wanted.length > 0) {
            enqueueOutput(wanted, pass);
        } else {
            work.downloadResidual(pass.operations());
        }
    }

    private void enqueueOutput(int[] wanted, GpuPass pass) {
        GpuWorkspace work = pass.work();
        int size = config.hiddenSize();
        for (int from = 0; from < wanted.length; ) {
            int to = from + 1;
            while (to < wanted.length && wanted[to] == wanted[to - 1] + 1) {
                to++;
            }
            pass.operations().copy(work.residual(wanted[from]), work.normed(from), (to - from) * size);
            from = to;
        }
        pass.norm(outputNorm, work.normed(0), wanted.length, work.normed(0));
        pass.multiply(output, work.normed(0), wanted.length, work.logits());
    }

    /** The host's caches get what the GPU has stored in its own. */
    private void finish(int first, int end, GpuPass done, Workspace work, Compute compute) {
        Batch batch = done.batch();
        int size = config.keyValueSize();
        for (int layer = first; layer < end; layer++) {
            int number = layer;
            done.work().getKeyValue(layer - first, work.key, work.value);
            compute.forEachToken(batch.tokens(), (from, to) -> {
                for (int token = from; token < to; token++) {
                    batch.cache(token)
                            .put(number, batch.position(token), work.key, token * size, work.value, token * size);
                }
            });
            done.kv().filled(Objects.requireNonNull(layers[layer]).kvIndex(), done.parts());
        }
    }
}
