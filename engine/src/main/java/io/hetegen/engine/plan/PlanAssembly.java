package io.hetegen.engine.plan;

import io.hetegen.engine.plan.PhaseSearch.Found;
import java.util.ArrayList;
import java.util.List;

/** Turns the best candidate into a plan. */
final class PlanAssembly {

    private final ModelShape model;
    private final CostModel costs;
    private final PlanRequest request;
    private final PhaseSearch phases;

    PlanAssembly(ModelShape model, CostModel costs, PlanRequest request, PhaseSearch phases) {
        this.model = model;
        this.costs = costs;
        this.request = request;
        this.phases = phases;
    }

    PartitionPlan plan(Candidate candidate) {
        Placement placement = candidate.placement();
        List<Phase> passes = Candidate.passes(request.promptTokens(), placement.chunk());
        Phase decode = Phase.decode(request);
        return new PartitionPlan(
                model.name(),
                model.fingerprint(),
                costs.hardware(),
                costs.threads(),
                request,
                host(),
                new Reservation(
                        placement.weightBytes(model),
                        placement.kvBytes(),
                        placement.ringBytes(),
                        placement.activationBytes()),
                flags(placement.kvOnGpu()),
                linears(candidate, passes),
                phases.prediction(decode, placement, candidate.decode()),
                prefill(candidate, passes),
                request.strategy() == Strategy.HETEGEN
                        ? new PlanRemarks(model, costs, phases, decode).of(candidate)
                        : List.of());
    }

    private HostShare host() {
        return new HostShare(
                costs.saturatingThreads(),
                model.weightBytes() + model.tableBytes(),
                model.layers() * request.kvBytesPerLayer(model));
    }

    private List<LinearPlan> linears(Candidate candidate, List<Phase> passes) {
        ResidencyFill fill = new ResidencyFill(model, costs);
        List<LinearPlan> linears = new ArrayList<>();
        for (int i = 0; i < model.linears().size(); i++) {
            PlannedLinear linear = model.linears().get(i);
            List<PhaseShare> prefill = new ArrayList<>();
            for (int size = 0; size < candidate.prefill().size(); size++) {
                int tokens = passes.get(size == 0 ? 0 : passes.size() - 1).tokens();
                SplitRatio ratio = candidate.prefill().get(size).splits()[i];
                prefill.add(PhaseShare.of(costs, linear, ratio, linear.group() == GroupKind.OUTPUT ? 1 : tokens));
            }
            linears.add(new LinearPlan(
                    linear,
                    candidate.placement().residentTiles()[i],
                    fill.gain(linear.shape()),
                    PhaseShare.of(costs, linear, candidate.decode().splits()[i], 1),
                    prefill));
        }
        return linears;
    }

    /** The passes of a size take the same time in the plan: their mean. */
    private List<PhasePrediction> prefill(Candidate candidate, List<Phase> passes) {
        List<PhasePrediction> predictions = new ArrayList<>();
        Placement placement = candidate.placement();
        double[] ends = phases.prefillEnds(passes, placement, candidate.prefill());
        int whole = candidate.prefill().size() == 1 ? passes.size() : passes.size() - 1;
        Phase middle = passes.get((passes.size() - 1) / 2);
        Found first = candidate.prefill().get(0);
        predictions.add(phases.prediction(middle, placement, first).with(whole, ends[whole - 1] / whole));
        if (whole < passes.size()) {
            predictions.add(phases.prediction(
                            passes.get(whole), placement, candidate.prefill().get(1))
                    .with(1, ends[whole] - ends[whole - 1]));
        }
        return predictions;
    }

    private static List<Boolean> flags(boolean[] flags) {
        List<Boolean> list = new ArrayList<>(flags.length);
        for (boolean flag : flags) {
            list.add(flag);
        }
        return list;
    }
}
