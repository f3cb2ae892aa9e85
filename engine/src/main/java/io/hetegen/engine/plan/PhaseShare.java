package io.hetegen.engine.plan;

/**
 * A linear's part in one phase.
 *
 * @param cpuSeconds predicted for the CPU's tiles
 * @param copySeconds predicted for the copies of the streamed ones
 * @param gpuSeconds predicted for the GPU's products
 */
public record PhaseShare(SplitRatio ratio, double cpuSeconds, double copySeconds, double gpuSeconds) {

    static PhaseShare of(CostModel costs, PlannedLinear linear, SplitRatio ratio, int tokens) {
        return new PhaseShare(
                ratio,
                costs.cpuSeconds(linear.shape(), tokens, ratio.cpuTiles()),
                ratio.streamedTiles() == 0 ? 0 : costs.copySeconds(linear.shape(), ratio.streamedTiles()),
                ratio.gpuTiles() == 0 ? 0 : costs.gpuSeconds(linear.shape(), tokens, ratio.gpuTiles()));
    }
}
