package io.hetegen.engine.model;

import io.hetegen.engine.kernel.CudaAttention.Heads;
import io.hetegen.engine.linear.Accelerator;
import io.hetegen.engine.linear.GpuLinears;
import io.hetegen.engine.linear.Linear;
import io.hetegen.engine.linear.SplitLinear;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A {@link DecoderLayer} on the GPU from end to end, with the same bits. Nothing crosses the link but streamed weights, and
 * the new keys and values, which the host keeps too.
 */
final class GpuDecoderLayer {

    private final ModelConfig config;
    private final Heads heads;
    private final int kvIndex;
    private final DecoderLayer layer;
    private final GpuLinears queryKeyValue;
    private final GpuLinears attentionOutput;
    private final GpuLinears expansion;
    private final GpuLinears down;

    /** @param kvIndex of the layer in the KV pool */
    GpuDecoderLayer(ModelConfig config, DecoderLayer layer, int kvIndex, Accelerator accelerator) {
        this.config = config;
        this.heads = new Heads(config.numHeads(), config.numKeyValueHeads(), config.headDim());
        this.kvIndex = kvIndex;
        this.layer = layer;
        this.queryKeyValue = accelerator.linears(layer.attention().queryKeyValue());
        this.attentionOutput = accelerator.linears(layer.attention().output());
        this.expansion = accelerator.linears(layer.mlp().expansion());
        this.down = accelerator.linears(layer.mlp().down());
    }

    int kvIndex() {
        return kvIndex;
    }

    /** Whether it can run in this pass: no tile is the CPU's. */
    boolean isWhole() {
        return queryKeyValue.isWhole() && attentionOutput.isWhole() && expansion.isWhole() && down.isWhole();
    }

    /** Parameters that are no matrix. */
    static Stream<float[]> vectors(DecoderLayer layer) {
        Attention attention = layer.attention();
        Stream<SplitLinear> groups = Stream.of(
                attention.queryKeyValue(),
                attention.output(),
                layer.mlp().expansion(),
                layer.mlp().down());
        Stream<float[]> biases = groups.flatMap(group -> group.linears().stream())
                .map(Linear::bias)
                .filter(Objects::nonNull);
        Attention.HeadNorms headNorms = attention.headNorms();
        Stream<Norm> norms = headNorms == null
                ? Stream.of(layer.attentionNorm(), layer.mlpNorm())
                : Stream.of(layer.attentionNorm(), headNorms.query(), headNorms.key(), layer.mlpNorm());
        return Stream.concat(norms.flatMap(Norm::vectors), biases);
    }

    void enqueue(GpuPass pass, int indexInRun) {
        GpuWorkspace work = pass.work();
        pass.norm(layer.attentionNorm(), work.residual(), pass.tokens(), work.normed());
        attention(pass, indexInRun);
        addToResidual(pass);
        pass.norm(layer.mlpNorm(), work.residual(), pass.tokens(), work.normed());
        mlp(pass);
        addToResidual(pass);
    }

    /** From work.normed to work.delta. */
    private void attention(GpuPass pass, int indexInRun) {
        GpuWorkspace work = pass.work();
        pass.multiply(queryKeyValue, work.normed(), pass.tokens(), work.query(), work.key(), work.value());
        Attention.HeadNorms headNorms = layer.attention().headNorms();
        if (headNorms != null) {
            pass.norm(headNorms.query(), work.query(), pass.tokens() * heads.query(), work.query());
            pass.norm(headNorms.key(), work.key(), pass.tokens() * heads.keyValue(), work.key());
        }
        rotate(pass, work.query(), heads.query());
        rotate(pass, work.key(), heads.keyValue());
        work.downloadKeyValue(indexInRun, pass.operations());
        pass.attend(kvIndex, work.query(), work.key(), work.value(), work.attended());
        pass.multiply(attentionOutput, work.attended(), pass.tokens(), work.delta());
    }

    private void rotate(GpuPass pass, long x, int count) {
        GpuWorkspace work = pass.work();
        RotaryEmbedding rope = layer.attention().rope();
        if (rope.pairs() > 0) {
            pass.operations()
                    .rope(
                            x,
                            pass.tokens(),
                            count,
                            heads.headDim(),
                            work.angles(),
                            work.tokenNumbers(),
                            rope.pairs(),
                            rope.kind());
        }
    }

    /** From work.normed to work.delta. */
    private void mlp(GpuPass pass) {
        GpuWorkspace work = pass.work();
        Mlp mlp = layer.mlp();
        int count = pass.tokens() * mlp.intermediateSize();
        switch (mlp.kind()) {
            case SWIGLU -> {
                pass.multiply(expansion, work.normed(), pass.tokens(), work.gate(), work.up());
                pass.operations().swiGlu(work.gate(), work.up(), work.activated(), count);
            }
            case RELU -> {
                pass.multiply(expansion, work.normed(), pass.tokens(), work.up());
                pass.operations().relu(work.up(), work.activated(), count);
            }
        }
        pass.multiply(down, work.activated(), pass.tokens(), work.delta());
    }

    private void addToResidual(GpuPass pass) {
        GpuWorkspace work = pass.work();
        pass.operations().add(work.residual(), work.delta(), pass.tokens() * config.hiddenSize());
    }
}
