package io.hetegen.engine;

import io.hetegen.engine.plan.GroupKind;
import java.util.Map;

/**
 * The part of the row tiles of linears that a GPU multiplies in a pass, from 0 to 1.
 *
 * @param all of all linears
 * @param ofGroups of those of each kind of group, in all layers together; a kind that is missing has none
 */
public record GpuShare(double all, Map<GroupKind, Double> ofGroups) {

    public static final GpuShare NONE = new GpuShare(0, Map.of());

    public GpuShare {
        ofGroups = Map.copyOf(ofGroups);
    }

    public double of(GroupKind kind) {
        return ofGroups.getOrDefault(kind, 0.0);
    }
}
