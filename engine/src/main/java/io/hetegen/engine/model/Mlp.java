package io.hetegen.engine.model;

import io.hetegen.engine.linear.Compute;
import io.hetegen.engine.linear.LinearGroup;

/** Gated feed-forward network with SiLU: down(silu(gate x) * up x) (Shazeer, 2020). */
record Mlp(LinearGroup gateUp, LinearGroup down, int intermediateSize) {

    /** From work.normed to work.delta. */
    void forward(int tokens, Workspace work, Compute compute) {
        gateUp.forward(work.normed, tokens, compute, work.gate, work.up);
        float[] gated = work.gated.resize(tokens, intermediateSize).values();
        compute.forEachToken(
                tokens,
                (from, to) -> compute.kernels()
                        .swiGlu(work.gate, work.up, gated, from * intermediateSize, to * intermediateSize));
        down.forward(work.gated, tokens, compute, work.delta);
    }
}
