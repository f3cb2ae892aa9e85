package io.hetegen.engine.linear;

import io.hetegen.engine.tensor.RowTiles;

/** Tiles of one linear that are streamed together. */
record Slice(Linear linear, int firstTile, int tiles) {

    /** Behind its last tile. */
    int end() {
        return firstTile + tiles;
    }

    boolean contains(Linear other, int tile) {
        return linear == other && tile >= firstTile && tile < end();
    }

    /** Its tiles from one on. */
    Slice from(int tile) {
        return tile == firstTile ? this : new Slice(linear, tile, end() - tile);
    }

    RowTiles weights() {
        return linear.weights();
    }

    long bytes() {
        return tiles * weights().layout().tileBytes();
    }
}
