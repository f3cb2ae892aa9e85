package io.hetegen.engine.linear;

import io.hetegen.engine.profile.LinearShape;
import io.hetegen.engine.tensor.TileLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The linears of a model that have one shape. They are taken in turn, as a forward pass goes from layer to layer. */
final class Instances {

    private final LinearShape shape;
    private final boolean isInPrefill;
    private final List<Linear> linears;
    private int next;

    private Instances(LinearShape shape, boolean isInPrefill, List<Linear> linears) {
        this.shape = shape;
        this.isInPrefill = isInPrefill;
        this.linears = linears;
    }

    /** By shape. @param groups of a model in the order of execution; the last one is the output matrix */
    static List<Instances> of(List<SplitLinear> groups) {
        Map<LinearShape, List<Linear>> linears = new LinkedHashMap<>();
        Set<LinearShape> inPrefill = new LinkedHashSet<>();
        for (SplitLinear group : groups) {
            for (Linear linear : group.linears()) {
                LinearShape shape = shape(linear);
                linears.computeIfAbsent(shape, absent -> new ArrayList<>()).add(linear);
                if (group != groups.get(groups.size() - 1)) {
                    inPrefill.add(shape);
                }
            }
        }
        return linears.entrySet().stream()
                .map(entry -> new Instances(entry.getKey(), inPrefill.contains(entry.getKey()), entry.getValue()))
                .toList();
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
}
