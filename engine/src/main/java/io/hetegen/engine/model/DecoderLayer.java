package io.hetegen.engine.model;

import io.hetegen.engine.linear.Compute;

/** One pre-norm transformer block. */
record DecoderLayer(Norm attentionNorm, Attention attention, Norm mlpNorm, Mlp mlp) {

    void forward(Batch batch, Workspace work, Compute compute) {
        attentionNorm.forward(work.residual, batch.tokens(), work.normed, compute);
        attention.forward(batch, work, compute);
        addToResidual(batch.tokens(), work, compute);
        mlpNorm.forward(work.residual, batch.tokens(), work.normed, compute);
        mlp.forward(batch.tokens(), work, compute);
        addToResidual(batch.tokens(), work, compute);
    }

    private void addToResidual(int tokens, Workspace work, Compute compute) {
        int size = attentionNorm.weight().length;
        compute.forEachToken(
                tokens, (from, to) -> compute.kernels().add(work.residual, work.delta, from * size, to * size));
    }
}
