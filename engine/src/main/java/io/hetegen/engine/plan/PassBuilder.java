package io.hetegen.engine.plan;

import io.hetegen.engine.KvType;
import io.hetegen.engine.plan.ModelShape.Group;
import io.hetegen.engine.profile.LinearShape;
import io.hetegen.engine.tensor.TileLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * The stages of a forward pass with given splits. A layer of which the CPU has no part and whose KV cache is on the GPU
 * runs there from end to end, and activations cross the link only where such layers begin and end. In all other layers
 * activations live in the host's memory: each group hands them over and joins, and so does attention on the GPU.
 */
final class PassBuilder {

    /** Vectors that are read and written by a residual addition and by a norm. */
    private static final int ADD = 3;

    private static final int NORM = 3;

    /** Kernels of a residual addition with a norm behind it. */
    private static final int ADD_AND_NORM_KERNELS = 2;

    /** Into the cache, attention and its merge, and what brings the queries or, where they are, rotates them. */
    private static final int ATTENTION_KERNELS = 4;

    /** The keys' rotation, and their way with the values to the host. */
    private static final int MORE_ATTENTION_KERNELS = 2;

    private final ModelShape model;
    private final CostModel costs;
    private final KvType kvType;
    private final List<Group> groups;

    PassBuilder(ModelShape model, CostModel costs, KvType kvType) {
        this.model = model;
        this.costs = costs;
        this.kvType = kvType;
        this.groups = model.groups();
    }

    List<Stage> stages(Phase phase, SplitRatio[] splits, Placement placement) {
        Pass pass = new Pass(phase, splits, placement);
        for (Group group : groups) {
            pass.add(group);
        }
        return pass.stages;
    }

    /** One pass being built. */
    private final class Pass {

        private final Phase phase;
        private final SplitRatio[] splits;
        private final Placement placement;
        private final boolean[] runsOnGpu;
        private final List<Stage> stages = new ArrayList<>();
        private boolean residualOnGpu;

        Pass(Phase phase, SplitRatio[] splits, Placement placement) {
            this.phase = phase;
            this.splits = splits;
            this.placement = placement;
            this.runsOnGpu = new boolean[model.layers() + 1];
            for (int layer = 0; layer <= model.layers(); layer++) {
                runsOnGpu[layer] = layer == model.layers() || placement.kvOnGpu()[layer];
            }
            for (Group group : groups) {
                for (int i = group.first(); i < group.end(); i++) {
                    runsOnGpu[group.layer()] &= splits[i].cpuTiles() == 0;
                }
            }
        }

        void add(Group group) {
            boolean onGpu = runsOnGpu[group.layer()];
            switch (group.kind()) {
                case QUERY_KEY_VALUE -> {
                    move(onGpu, phase.tokens());
                    addAndNorm(onGpu, phase.tokens());
                    linears(group, phase.tokens(), onGpu);
                    attention(group.layer(), onGpu);
                }
                case ATTENTION_OUTPUT, MLP_DOWN -> linears(group, phase.tokens(), onGpu);
                case MLP_EXPANSION -> {
                    addAndNorm(onGpu, phase.tokens());
                    linears(group, phase.tokens(), onGpu);
                    touch(onGpu, "activation", 1, phase.tokens() * (model.gated() ? 3 : 2), model.intermediateSize());
                }
                case OUTPUT -> {
                    // Only the last token of a chunk needs logits.
                    move(onGpu, 1);
                    addAndNorm(onGpu, 1);
                    linears(group, 1, onGpu);
                    if (onGpu) {
                        double logits = costs.downloadSeconds((double) Float.BYTES * model.vocabularySize());
                        stages.add(Stage.onGpu("logits", costs.latencySeconds() + logits, 0));
                    }
                }
            }
        }

        /** The residual stream goes where the next layer wants it. */
        private void move(boolean toGpu, int tokens) {
            if (toGpu == residualOnGpu) {
                return;
            }
            double bytes = (double) Float.BYTES * tokens * model.hiddenSize();
            double seconds = toGpu ? costs.uploadSeconds(bytes) : costs.downloadSeconds(bytes);
            stages.add(Stage.onGpu("move", costs.latencySeconds() + seconds, 0));
            residualOnGpu = toGpu;
        }

        private void addAndNorm(boolean onGpu, int tokens) {
            touch(onGpu, "norm", ADD_AND_NORM_KERNELS, tokens * (ADD + NORM), model.hiddenSize());
        }

        private void touch(boolean onGpu, String label, int kernels, int vectors, int length) {
            double bytes = (double) Float.BYTES * vectors * length;
            stages.add(
                    onGpu
                            ? Stage.onGpu(label, kernels * costs.launchSeconds() + costs.gpuTouchSeconds(bytes), 0)
                            : Stage.onCpu(label, costs.cpuTouchSeconds(bytes), 0));
        }

        private void attention(int layer, boolean onGpu) {
            double kvBytes = phase.meanContext() * model.kvBytesPerLayer(kvType, 64) / 64;
            double flops = 4.0 * phase.tokens() * phase.meanContext() * model.querySize();
            if (!placement.kvOnGpu()[layer]) {
                stages.add(Stage.onCpu("attention", costs.cpuAttentionSeconds(kvBytes, flops), kvBytes));
                return;
            }
            double seconds = ATTENTION_KERNELS * costs.launchSeconds() + costs.gpuAttentionSeconds(kvBytes, flops);
            if (onGpu) {
                double more = MORE_ATTENTION_KERNELS * costs.launchSeconds();
                stages.add(Stage.onGpu("attention", seconds + more, 0));
                return;
            }
            double row = (double) Float.BYTES * phase.tokens();
            double in = costs.uploadSeconds(row * (model.querySize() + 2.0 * model.keyValueSize()));
            double out = costs.downloadSeconds(row * model.querySize());
            stages.add(Stage.onGpu("attention", in + seconds + out, costs.joinSeconds()));
        }

        private void linears(Group group, int tokens, boolean onGpu) {
            double cpu = 0;
            double cpuBytes = 0;
            double resident = 0;
            double streamed = 0;
            double streamedBytes = 0;
            double copy = 0;
            double residentRows = 0;
            double streamedRows = 0;
            // One brings the input into the form that the weights multiply.
            int kernels = 1;
            for (int i = group.first(); i < group.end(); i++) {
                LinearShape shape = model.linears().get(i).shape();
                SplitRatio split = splits[i];
                cpu += costs.cpuSeconds(shape, tokens, split.cpuTiles());
                cpuBytes += (double) split.cpuTiles() * shape.tileBytes();
                kernels += split.residentTiles() > 0 ? 1 : 0;
                if (split.gpuTiles() > 0) {
                    resident += costs.gpuSeconds(shape, tokens, split.residentTiles());
                    streamed += costs.gpuSeconds(shape, tokens, split.streamedTiles());
                    copy += costs.copySeconds(shape, split.streamedTiles());
                    streamedBytes += (double) split.streamedTiles() * shape.tileBytes();
                    residentRows += (double) split.residentTiles() * TileLayout.ROWS;
                    streamedRows += (double) split.streamedTiles() * TileLayout.ROWS;
                }
            }
            boolean usesGpu = residentRows + streamedRows > 0;
            double in = 0;
            if (usesGpu && !onGpu) {
                in = costs.uploadSeconds(
                        tokens * model.linears().get(group.first()).shape().inputBytes());
                resident += in + costs.downloadSeconds(Float.BYTES * tokens * residentRows);
                streamed += costs.downloadSeconds(Float.BYTES * tokens * streamedRows);
            }
            int slices =
                    (int) Math.ceil(streamedBytes * Reservation.SLICES_IN_RING / Math.max(1, placement.ringBytes()));
            int pieces = Math.max(1, slices);
            stages.add(new Stage(
                    group.kind().label(),
                    cpu,
                    cpuBytes,
                    usesGpu ? kernels * costs.launchSeconds() + resident : 0,
                    slices,
                    streamedBytes / pieces,
                    // The activations take the link's time from the weights.
                    slices == 0 ? 0 : costs.latencySeconds() + (copy + in) / pieces,
                    slices == 0 ? 0 : costs.launchSeconds() + streamed / pieces,
                    usesGpu && !onGpu ? costs.joinSeconds() : 0));
        }
    }
}
