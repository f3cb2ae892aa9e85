package io.hetegen.engine.linear;

import io.hetegen.engine.profile.LinearShape;
import io.hetegen.engine.tensor.TileLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The linears of a model that have one shape. They are taken in turn, as a forward pass goes from layer to layer. */
final class Instances {

    private final LinearShape shape;
    private final boolean isInPrefill;
    private final List<Linear> linears = new ArrayList<>();
    private int groupSize;
    private int next;

    private Instances(LinearShape shape, boolean isInPrefill) {
        this.shape = shape;
        this.isInPrefill = isInPrefill;
    }

    /** By shape. @param groups of a model in the order of execution; the last one is the output matrix */
    static List<Instances> of(List<SplitLinear> groups) {
        Map<LinearShape, Instances> shapes = new LinkedHashMap<>();
        for (SplitLinear group : groups) {
            boolean isOutput = group == groups.get(groups.size() - 1);
            for (Linear linear : group.linears()) {
                shapes.computeIfAbsent(shape(linear), shape -> new Instances(shape, !isOutput))
                        .add(linear, group.linears().size());
            }
        }
        return List.copyOf(shapes.values());
    }

    private void add(Linear linear, int sizeOfGroup) {
        linears.add(linear);
        groupSize = Math.max(groupSize, sizeOfGroup);
    }

    private static LinearShape shape(Linear linear) {
        TileLayout layout = linear.weights().layout();
        return new LinearShape(layout.dtype(), layout.rows(), layout.columns());
    }

    LinearShape shape() {
        return shape;
    }

    TileLayout layout() {
        return linears.get(0).weights().layout();
    }

    /** Whether a pass over many tokens multiplies all of them: only the last one needs logits. */
    boolean isInPrefill() {
        return isInPrefill;
    }

    Linear next() {
        Linear linear = linears.get(next);
        next = (next + 1) % linears.size();
        return linear;
    }

    /** As many as one group has: they share the quantization of their input, and the join. */
    List<Linear> nextGroup() {
        return Stream.generate(this::next).limit(groupSize()).toList();
    }

    int groupSize() {
        return Math.min(groupSize, linears.size());
    }
}
