package io.hetegen.engine.plan;

import io.hetegen.engine.profile.LinearShape;

/**
 * A linear of a model.
 *
 * @param name of its weights in the model file, without {@code .weight}
 * @param layer from 0; the output matrix has the number of layers
 */
public record PlannedLinear(String name, int layer, GroupKind group, LinearShape shape) {

    /** The name without the layer: equal for the same linear of all layers. */
    public String kind() {
        return name.replaceFirst("^blk\\.\\d+\\.", "");
    }
}
