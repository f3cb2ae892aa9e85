package io.hetegen.engine.plan;

import java.util.List;

/**
 * What is done with one linear.
 *
 * @param residentTiles its first tiles that lie in the GPU's memory; a phase may leave some of them to the CPU
 * @param gain g = T(CPU) / M(GPU): seconds per token that a resident byte takes from the CPU
 * @param prefill for each of the plan's chunk sizes
 */
public record LinearPlan(
        PlannedLinear linear, int residentTiles, double gain, PhaseShare decode, List<PhaseShare> prefill) {

    public LinearPlan {
        prefill = List.copyOf(prefill);
        int tiles = linear.shape().tiles();
        check(decode, residentTiles, tiles);
        prefill.forEach(share -> check(share, residentTiles, tiles));
    }

    private static void check(PhaseShare share, int residentTiles, int tiles) {
        if (share.ratio().tiles() != tiles
                || share.ratio().residentTiles() > residentTiles
                || residentTiles + share.ratio().streamedTiles() > tiles) {
            throw new IllegalArgumentException(
                    share.ratio() + " does not fit " + tiles + " tiles of which " + residentTiles + " are resident");
        }
    }
}
