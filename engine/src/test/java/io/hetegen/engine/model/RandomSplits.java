package io.hetegen.engine.model;

import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.linear.GpuPlan;
import io.hetegen.engine.linear.PassRatios;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.plan.SplitRatio;
import io.hetegen.engine.profile.LinearShape;
import io.hetegen.engine.tensor.TileLayout;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;

/** Plans that no planner would make: any share of a model's linears on the GPU, any part of it resident. */
public final class RandomSplits {

    private final ModelShape shape;
    private final Resident resident;
    private final SplittableRandom random;

    /** How much of the GPU's tiles lies in its memory. */
    public enum Resident {
        NONE,
        SOME,
        ALL
    }

    public RandomSplits(ModelFile file, Resident resident, long seed) {
        this.shape = ModelShapeReader.read(file, ModelConfigReader.read(file));
        this.resident = resident;
        this.random = new SplittableRandom(seed);
    }

    /** Of each linear about such a share for the GPU. */
    public List<SplitRatio> even(double share) {
        return ratios(() -> share);
    }

    /** Of each linear a share of its own. */
    public List<SplitRatio> uneven() {
        return ratios(random::nextDouble);
    }

    private List<SplitRatio> ratios(DoubleSupplier share) {
        return shape.linears().stream()
                .map(linear -> ratio(linear.shape().tiles(), share.getAsDouble()))
                .toList();
    }

    private SplitRatio ratio(int tiles, double share) {
        int gpu = (int) Math.round(share * tiles);
        int there = switch (resident) {
            case NONE -> 0;
            case SOME -> random.nextInt(gpu + 1);
            case ALL -> gpu;
        };
        return new SplitRatio(there, gpu - there, tiles - gpu);
    }

    /** Of a linear. */
    public long tileBytes(int linear) {
        LinearShape of = shape.linears().get(linear).shape();
        return new TileLayout(of.dtype(), of.rows(), of.columns()).tileBytes();
    }

    /** So many of the largest tiles. */
    public long ringOf(int tiles) {
        return tiles
                * IntStream.range(0, shape.linears().size())
                        .mapToLong(this::tileBytes)
                        .max()
                        .orElseThrow();
    }

    /** With the resident tiles of some ratios. */
    public GpuPlan plan(List<SplitRatio> ratios, long ringBytes, int maxTokens, PassRatios ofPass) {
        return new GpuPlan(
                ratios.stream().map(SplitRatio::residentTiles).toList(),
                IntStream.range(0, ratios.size()).boxed().toList(),
                ringBytes,
                maxTokens,
                ofPass);
    }
}
