package io.hetegen.engine.linear;

import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.RowTiles;
import org.jspecify.annotations.Nullable;

/**
 * y = W x (+ b).
 *
 * @param name of its weights, for people
 * @param bias one value per row of the weights, added last
 */
public record Linear(String name, RowTiles weights, float @Nullable [] bias) {

    public Linear {
        if (bias != null && bias.length != weights.rows()) {
            throw new IllegalArgumentException(
                    name + ": a bias of " + bias.length + " does not fit " + weights.rows() + " rows of weights");
        }
    }

    public Linear(String name, RowTiles weights) {
        this(name, weights, null);
    }

    public int inputSize() {
        return weights.columns();
    }

    public int outputSize() {
        return weights.rows();
    }

    int tiles() {
        return weights.tiles();
    }

    DType dtype() {
        return weights.layout().dtype();
    }

    /** Adds the bias to the rows [fromRow, toRow), as far as there are so many. */
    void addBias(float[] y, int tokens, int fromRow, int toRow) {
        if (bias == null) {
            return;
        }
        for (int token = 0; token < tokens; token++) {
            for (int row = fromRow; row < Math.min(toRow, outputSize()); row++) {
                y[token * outputSize() + row] += bias[row];
            }
        }
    }
}
