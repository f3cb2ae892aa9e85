package io.hetegen.engine.plan;

import io.hetegen.engine.plan.PhaseSearch.Found;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Makes plans for one model on one machine: lists placements that fit the budget, finds the best splits of each phase
 * for each of them by simulation, and takes the one that answers the typical request first. What others do is among
 * the candidates, so that a plan is never slower than theirs.
 */
public final class Planner {

    /** Prompt tokens of a pass: the larger, the less is streamed; the smaller, the less memory its activations take. */
    public static final List<Integer> PROMPT_CHUNKS = List.of(512, 128, 32);

    /** Budgets are rounded down to this part of what the model could use: equal ones give equal plans. */
    private static final int LEVELS = 1024;

    private final ModelShape model;
    private final CostModel costs;
    private final List<Integer> chunks;

    public Planner(ModelShape model, CostModel costs) {
        this(model, costs, PROMPT_CHUNKS);
    }

    /** @param chunks to try in place of {@link #PROMPT_CHUNKS}, the largest first */
    public Planner(ModelShape model, CostModel costs, List<Integer> chunks) {
        this.model = model;
        this.costs = costs;
        this.chunks = List.copyOf(chunks);
    }

    /** @throws PlanningException if the strategy needs a GPU or more of its memory than there is */
    public PartitionPlan plan(PlanRequest request) {
        Search search = new Search(request);
        Candidate best = search.best();
        return new PlanAssembly(model, costs, request, search.phases).plan(best);
    }

    /** The predicted timeline of one decoded token, in the middle of others. */
    public List<Span> decodeTimeline(PartitionPlan plan) {
        return new TokenTimeline(model, costs).of(plan);
    }

    private static String gigabytes(long bytes) {
        return String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
    }

    /** The search for one request. */
    private final class Search {

        private final PlanRequest request;
        private final ResidencyFill fill;
        private final PhaseSearch phases;
        private final Placements placements;

        Search(PlanRequest request) {
            this.request = request;
            this.fill = new ResidencyFill(model, costs);
            PassBuilder builder = new PassBuilder(model, costs, request.kvType());
            this.phases = new PhaseSearch(model, costs, builder, fill);
            this.placements = new Placements(model, request, fill, chunks);
        }

        Candidate best() {
            Strategy strategy = request.strategy();
            List<Candidate> candidates = new ArrayList<>();
            if (strategy == Strategy.HETEGEN || strategy == Strategy.CPU) {
                candidates.add(timed(Strategy.CPU, Placement.none(model, placements.largestChunk())));
            }
            if (strategy != Strategy.CPU) {
                requireGpu(strategy);
                if (costs.hasGpu()) {
                    placements.of(strategy, level()).forEach(placement -> candidates.add(timed(strategy, placement)));
                }
            }
            return candidates.stream()
                    .reduce((best, other) ->
                            other.requestSeconds(request) < best.requestSeconds(request) ? other : best)
                    .orElseThrow(() -> new PlanningException(
                            "strategy " + strategy.name().toLowerCase(Locale.ROOT) + " needs at least "
                                    + gigabytes(placements.least()) + " of GPU memory for " + model.name()
                                    + ", there are " + gigabytes(request.gpuMemoryBytes())));
        }

        private void requireGpu(Strategy strategy) {
            if (!costs.hasGpu() && strategy != Strategy.HETEGEN) {
                throw new PlanningException(costs.hardware() + " has no GPU: only hetegen and cpu can be planned");
            }
            if (costs.hasGpu() && request.gpuMemoryBytes() > costs.gpuMemoryBytes()) {
                throw new PlanningException("a budget of " + gigabytes(request.gpuMemoryBytes())
                        + " of GPU memory is more than the " + gigabytes(costs.gpuMemoryBytes()) + " that "
                        + costs.hardware() + " has");
            }
        }

        private long level() {
            long most = placements.most();
            long level = (long) ((double) request.gpuMemoryBytes() / most * LEVELS);
            return level >= LEVELS ? most : most / LEVELS * level;
        }

        private Candidate timed(Strategy strategy, Placement placement) {
            Found decode = found(strategy, Phase.decode(request), placement);
            List<Phase> passes = Candidate.passes(request.promptTokens(), placement.chunk());
            List<Found> prefill = new ArrayList<>();
            prefill.add(found(strategy, passes.get((passes.size() - 1) / 2), placement));
            if (passes.get(passes.size() - 1).tokens() != passes.get(0).tokens()) {
                prefill.add(found(strategy, passes.get(passes.size() - 1), placement));
            }
            return new Candidate(placement, decode, prefill, phases.prefillSeconds(passes, placement, prefill));
        }

        private Found found(Strategy strategy, Phase phase, Placement placement) {
            return switch (strategy) {
                case HETEGEN -> phases.best(phase, placement);
                case STREAM -> phases.withStreaming(phase, placement, 1);
                case LAYERS -> {
                    Found turns = phases.withStreaming(phase, placement, 0);
                    // llama.cpp multiplies batches on the GPU wherever the weights are.
                    yield phase.isDecode() || placement.ringBytes() == 0
                            ? turns
                            : PhaseSearch.faster(turns, phases.withStreaming(phase, placement, 1));
                }
                case CPU -> phases.withStreaming(phase, placement, 0);
            };
        }
    }
}
