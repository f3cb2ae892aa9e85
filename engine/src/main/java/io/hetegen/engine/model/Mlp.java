package io.hetegen.engine.model;

import io.hetegen.engine.linear.Compute;
import io.hetegen.engine.linear.SplitLinear;

/**
 * Feed-forward network.
 *
 * @param expansion gate and up of a gated network (Shazeer, 2020), else up alone
 */
record Mlp(Family.MlpKind kind, SplitLinear expansion, SplitLinear down, int intermediateSize) {

    /** From work.normed to work.delta. */
    void forward(int tokens, Workspace work, Compute compute) {
        float[] activated = work.activated.resize(tokens, intermediateSize).values();
        switch (kind) {
            case SWIGLU -> {
                expansion.forward(work.normed, tokens, compute, work.gate, work.up);
                compute.forEachToken(
                        tokens,
                        (from, to) -> compute.kernels()
                                .swiGlu(work.gate, work.up, activated, from * intermediateSize, to * intermediateSize));
            }
            case RELU -> {
                expansion.forward(work.normed, tokens, compute, work.up);
                compute.forEachToken(
                        tokens,
                        (from, to) -> compute.kernels()
                                .relu(work.up, activated, from * intermediateSize, to * intermediateSize));
            }
        }
        down.forward(work.activated, tokens, compute, work.delta);
    }
}
