package io.hetegen.engine.plan;

/**
 * What lies in the GPU's memory, the same in every phase.
 *
 * @param residentTiles of each linear, its first ones
 * @param wholeLayer of each layer whether all of it was meant to run on the GPU
 * @param kvOnGpu of each layer
 * @param kvBytes of all sequences, of the layers whose cache lies on the GPU
 * @param ringBytes for streamed slices; 0: nothing can be streamed
 * @param chunk prompt tokens of a forward pass
 */
record Placement(
        int[] residentTiles,
        boolean[] wholeLayer,
        boolean[] kvOnGpu,
        long kvBytes,
        long ringBytes,
        long activationBytes,
        int chunk) {

    /** Nothing lies there. */
    static Placement none(ModelShape model, int chunk) {
        return new Placement(
                new int[model.linears().size()],
                new boolean[model.layers()],
                new boolean[model.layers()],
                0,
                0,
                0,
                chunk);
    }

    long weightBytes(ModelShape model) {
        long bytes = 0;
        for (int i = 0; i < residentTiles.length; i++) {
            bytes += residentTiles[i] * model.linears().get(i).shape().tileBytes();
        }
        return bytes;
    }
}
