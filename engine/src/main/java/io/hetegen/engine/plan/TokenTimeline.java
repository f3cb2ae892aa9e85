package io.hetegen.engine.plan;

import java.util.ArrayList;
import java.util.List;

/** Simulates decoded tokens with a plan and keeps the pieces of work of one of them. */
final class TokenTimeline {

    private static final int PASSES = 4;

    private final ModelShape model;
    private final CostModel costs;

    TokenTimeline(ModelShape model, CostModel costs) {
        this.model = model;
        this.costs = costs;
    }

    List<Span> of(PartitionPlan plan) {
        SplitRatio[] splits =
                plan.linears().stream().map(linear -> linear.decode().ratio()).toArray(SplitRatio[]::new);
        PassBuilder builder = new PassBuilder(model, costs, plan.request().kvType());
        List<Stage> pass = builder.stages(Phase.decode(plan.request()), splits, placement(plan));
        List<Span> spans = new ArrayList<>();
        Simulation.Result result = Simulation.run(
                Simulation.repeated(pass, PASSES), plan.memory().ringBytes(), costs.busBytesPerSecond(), spans::add);
        return Span.between(result.ends()[PASSES - 2], result.ends()[PASSES - 1], spans);
    }

    /** What the plan says of the GPU's memory. */
    Placement placement(PartitionPlan plan) {
        boolean[] kvOnGpu = new boolean[model.layers()];
        for (int layer = 0; layer < kvOnGpu.length; layer++) {
            kvOnGpu[layer] = plan.kvOnGpu().get(layer);
        }
        return new Placement(
                plan.linears().stream().mapToInt(LinearPlan::residentTiles).toArray(),
                new boolean[model.layers()],
                kvOnGpu,
                plan.memory().kvBytes(),
                plan.memory().ringBytes(),
                plan.memory().activationBytes(),
                plan.promptChunk());
    }
}
