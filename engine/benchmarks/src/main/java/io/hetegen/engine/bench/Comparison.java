package io.hetegen.engine.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/** Both programs on one model file with as many threads, in turn, round after round. */
record Comparison(String model, int threads, LlamaCpp.Setting setting, List<Round> rounds) {

    /**
     * A run of each.
     *
     * @param otherLoad share of the machine's CPU time that went to other processes meanwhile
     */
    record Round(HeteGen.Run ours, LlamaCpp.Run theirs, double otherLoad) {}

    Comparison {
        rounds = List.copyOf(rounds);
    }

    /** @throws ComparisonException if a run of ours gives another answer than the first */
    static Comparison run(
            String name, Workload workload, int rounds, HeteGen ours, LlamaCpp theirs, Consumer<String> progress) {
        String title = name + ", " + workload.threads() + (workload.threads() == 1 ? " thread" : " threads");
        progress.accept(title + ": llama.cpp with and without flash attention");
        LlamaCpp.Setting setting = theirs.best(workload);
        List<Round> results = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            CpuTime start = CpuTime.now();
            HeteGen.Run our = ours.run(workload);
            LlamaCpp.Run their = theirs.run(workload, setting);
            Round result = new Round(our, their, CpuTime.now().othersSince(start));
            results.add(result);
            progress.accept(String.format(
                    "%s: round %d of %d: pp %.1f against %.1f, tg %.1f against %.1f tokens/s, other load %.0f %%",
                    title, round, rounds, our.pp(), their.pp(), our.tg(), their.tg(), 100 * result.otherLoad));
            if (!our.answer().equals(results.get(0).ours.answer())) {
                throw new ComparisonException(title + ": round " + round + " of HeteGen gave the answer "
                        + our.answer() + " and the first one "
                        + results.get(0).ours.answer()
                        + ": the figures are worth nothing");
            }
        }
        return new Comparison(name, workload.threads(), setting, results);
    }

    Samples samples(ToDoubleFunction<Round> figure) {
        return new Samples(rounds.stream().mapToDouble(figure).toArray());
    }

    /** The best plain read of all rounds. */
    double readGBps() {
        return rounds.stream().mapToDouble(round -> round.ours.readGBps()).max().orElseThrow();
    }

    long weightBytesPerToken() {
        return rounds.get(0).ours.weightBytesPerToken();
    }

    double mostOtherLoad() {
        return rounds.stream().mapToDouble(Round::otherLoad).max().orElseThrow();
    }
}
