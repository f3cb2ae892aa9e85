package io.hetegen.engine.linear;

import io.hetegen.engine.tensor.RowTiles;

/** Tiles of one linear that are streamed together. */
record Slice(RowTiles weights, int firstTile, int tiles) {

    long bytes() {
        return tiles * weights.layout().tileBytes();
    }
}
