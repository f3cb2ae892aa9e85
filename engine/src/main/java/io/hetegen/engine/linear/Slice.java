package io.hetegen.engine.linear;

import io.hetegen.engine.tensor.RowTiles;

/** Tiles of one linear that are streamed together. */
record Slice(Linear linear, int firstTile, int tiles) {

    RowTiles weights() {
        return linear.weights();
    }

    long bytes() {
        return tiles * weights().layout().tileBytes();
    }
}
