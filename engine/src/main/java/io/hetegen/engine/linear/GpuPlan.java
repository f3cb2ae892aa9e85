package io.hetegen.engine.linear;

import io.hetegen.engine.Numerics;
import io.hetegen.engine.plan.LinearPlan;
import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PhaseShare;
import io.hetegen.engine.plan.Reservation;
import io.hetegen.engine.plan.SplitRatio;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * What the GPU is to do with a model.
 *
 * @param residentTiles by linear: its first tiles that are to lie in the GPU's memory
 * @param order of linears: those that gain most per resident byte first
 * @param ringBytes for streamed tiles
 * @param maxTokens of a pass; larger ones are the CPU's alone
 * @param layers whose KV cache lies on the GPU too: one of which no tile is the CPU's runs there from end to end
 * @param kvBytes for the caches of those layers
 * @param sequences that share them; they get more when their caches grow beyond it, at the cost of resident tiles
 * @param numerics of passes with many tokens
 */
public record GpuPlan(
        List<Integer> residentTiles,
        List<Integer> order,
        long ringBytes,
        int maxTokens,
        PassRatios ratios,
        List<Integer> layers,
        long kvBytes,
        int sequences,
        Numerics numerics) {

    public GpuPlan {
        residentTiles = List.copyOf(residentTiles);
        order = List.copyOf(order);
        layers = List.copyOf(layers);
        if (ringBytes < 0 || maxTokens < 1 || kvBytes < 0 || sequences < 1) {
            throw new IllegalArgumentException("a ring of " + ringBytes + " bytes, passes of " + maxTokens
                    + " tokens, caches of " + kvBytes + " bytes for " + sequences + " sequences");
        }
    }

    /** The GPU multiplies and does nothing else. */
    public GpuPlan(List<Integer> residentTiles, List<Integer> order, long ringBytes, int maxTokens, PassRatios ratios) {
        this(residentTiles, order, ringBytes, maxTokens, ratios, List.of(), 0, 1);
    }

    /** Reproducible. */
    public GpuPlan(
            List<Integer> residentTiles,
            List<Integer> order,
            long ringBytes,
            int maxTokens,
            PassRatios ratios,
            List<Integer> layers,
            long kvBytes,
            int sequences) {
        this(residentTiles, order, ringBytes, maxTokens, ratios, layers, kvBytes, sequences, Numerics.REPRODUCIBLE);
    }

    public GpuPlan withNumerics(Numerics numerics) {
        return new GpuPlan(residentTiles, order, ringBytes, maxTokens, ratios, layers, kvBytes, sequences, numerics);
    }

    /** Most that is streamed at a time, so that copies run ahead of kernels. */
    long sliceBytes() {
        return ringBytes / Reservation.SLICES_IN_RING;
    }

    /** @throws IllegalArgumentException if it was made for other linears */
    void check(List<Linear> linears) {
        List<Integer> numbers = IntStream.range(0, linears.size()).boxed().toList();
        if (residentTiles.size() != linears.size()
                || !order.stream().sorted().toList().equals(numbers)) {
            throw new IllegalArgumentException("the GPU's plan is for " + residentTiles.size()
                    + " linears, the model has " + linears.size() + ": make a plan of this model");
        }
        for (int i : numbers) {
            Linear linear = linears.get(i);
            if (residentTiles.get(i) < 0 || residentTiles.get(i) > linear.tiles()) {
                throw new IllegalArgumentException("the GPU's plan has " + residentTiles.get(i) + " tiles of "
                        + linear.name() + ", the model has " + linear.tiles() + ": make a plan of this model");
            }
        }
    }

    /** @param maxTokens of a pass of the engine */
    public static GpuPlan of(PartitionPlan plan, int maxTokens) {
        List<LinearPlan> linears = plan.linears();
        List<Integer> order = IntStream.range(0, linears.size())
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -linears.get(i).gain()))
                .toList();
        return new GpuPlan(
                linears.stream().map(LinearPlan::residentTiles).toList(),
                order,
                plan.memory().ringBytes(),
                maxTokens,
                new RatioTuner(ratios(plan)),
                IntStream.range(0, plan.kvOnGpu().size())
                        .filter(layer -> plan.kvOnGpu().get(layer))
                        .boxed()
                        .toList(),
                plan.memory().kvBytes(),
                plan.request().sequences());
    }

    private record Planned(int tokens, List<SplitRatio> ratios) {

        /** As a factor: 4 tokens are nearer to 1 than to 32, since weights are read once for all tokens. */
        double distance(int others) {
            return Math.abs(Math.log((double) tokens / others));
        }
    }

    /** Those of the planned pass that is nearest in its number of tokens. */
    private static PassRatios ratios(PartitionPlan plan) {
        List<Planned> planned = new ArrayList<>();
        planned.add(new Planned(1, ratios(plan, LinearPlan::decode)));
        for (int size = 0; size < plan.prefill().size(); size++) {
            int index = size;
            planned.add(new Planned(
                    plan.prefill().get(size).tokens(),
                    ratios(plan, linear -> linear.prefill().get(index))));
        }
        return tokens -> Collections.min(planned, Comparator.comparingDouble(pass -> pass.distance(tokens)))
                .ratios();
    }

    private static List<SplitRatio> ratios(PartitionPlan plan, Function<LinearPlan, PhaseShare> share) {
        return plan.linears().stream().map(share).map(PhaseShare::ratio).toList();
    }
}
