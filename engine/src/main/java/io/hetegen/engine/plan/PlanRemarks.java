package io.hetegen.engine.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What people should know of a plan and would not see in its numbers. */
final class PlanRemarks {

    private static final double GIGA = 1e9;
    private static final double PERCENT = 100;

    private final ModelShape model;
    private final CostModel costs;
    private final PhaseSearch phases;
    private final Phase decode;

    PlanRemarks(ModelShape model, CostModel costs, PhaseSearch phases, Phase decode) {
        this.model = model;
        this.costs = costs;
        this.phases = phases;
        this.decode = decode;
    }

    List<String> of(Candidate plan) {
        List<String> remarks = new ArrayList<>();
        SplitRatio[] splits = plan.decode().splits();
        if (!costs.hasGpu()) {
            remarks.add("The machine has no GPU.");
            return remarks;
        }
        boolean usesGpu = Arrays.stream(splits).anyMatch(split -> split.gpuTiles() > 0)
                || plan.prefill().stream()
                        .anyMatch(found -> Arrays.stream(found.splits()).anyMatch(split -> split.gpuTiles() > 0));
        if (!usesGpu) {
            remarks.add("The CPU alone is fastest: the GPU has no part.");
        }
        if (!usesGpu && !phases.coresFillTheBus()) {
            return remarks;
        }
        boolean allResident = plan.placement().weightBytes(model) == model.weightBytes();
        if (allResident) {
            remarks.add("All weights lie in the GPU's memory.");
        } else {
            remarks.add(streaming(plan));
        }
        if (usesGpu && allResident && Arrays.stream(splits).anyMatch(split -> split.cpuTiles() > 0)) {
            double alone = phases.withStreaming(decode, plan.placement(), 0).seconds();
            remarks.add(String.format(
                    Locale.ROOT,
                    "In decode the CPU reads its share of them too: %.1f %% more tokens/s than the GPU alone.",
                    PERCENT * (alone / plan.decode().seconds() - 1)));
        }
        return remarks;
    }

    private String streaming(Candidate plan) {
        boolean streams = Arrays.stream(plan.decode().splits()).anyMatch(split -> split.streamedTiles() > 0);
        double bus = costs.busBytesPerSecond();
        if (!streams) {
            return phases.coresFillTheBus()
                    ? String.format(
                            Locale.ROOT,
                            "Streaming wins nothing in decode: the cores alone fill the memory bus (%.0f GB/s).",
                            bus / GIGA)
                    : "Streaming wins nothing in decode.";
        }
        SplitRatio[] without = Arrays.stream(plan.decode().splits())
                .map(split -> new SplitRatio(split.residentTiles(), 0, split.streamedTiles() + split.cpuTiles()))
                .toArray(SplitRatio[]::new);
        double gain = phases.seconds(decode, plan.placement(), without)
                        / plan.decode().seconds()
                - 1;
        double wanted = 1 / costs.cpuTouchSeconds(1) + 1 / costs.uploadSeconds(1);
        String limit = wanted > bus
                ? String.format(
                        Locale.ROOT,
                        ", held back by the memory bus: cores and link could read %.0f GB/s, it gives %.0f",
                        wanted / GIGA,
                        bus / GIGA)
                : "";
        return String.format(Locale.ROOT, "Streaming gives %.1f %% more tokens/s in decode%s.", PERCENT * gain, limit);
    }
}
