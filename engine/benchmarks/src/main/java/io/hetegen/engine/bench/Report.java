package io.hetegen.engine.bench;

import java.util.List;
import java.util.Locale;

/**
 * All that a comparison found; its fields are the fields of {@code --json}.
 *
 * @param date ISO 8601
 * @param command the arguments, to repeat it
 */
record Report(
        String date,
        String machine,
        String hetegen,
        String llamaCpp,
        String command,
        int promptTokens,
        int generatedTokens,
        List<Comparison> comparisons) {

    private static final double GIGA = 1e9;

    Report {
        comparisons = List.copyOf(comparisons);
    }

    /** As it goes into docs/benchmarks.md. */
    String markdown() {
        StringBuilder text = new StringBuilder();
        text.append("%s on %s.%nOurs: %s, kernels `%s`. Theirs: %s.%n"
                .formatted(
                        date,
                        machine,
                        hetegen,
                        comparisons.get(0).rounds().get(0).ours().kernels(),
                        llamaCpp));
        text.append("Command: `side-by-side %s`%n%n".formatted(command));
        text.append("| Model | Threads | Test | HeteGen | llama.cpp | Ratio | HeteGen reads | llama.cpp reads |%n"
                .formatted());
        text.append("|---|--:|---|--:|--:|--:|--:|--:|%n".formatted());
        for (Comparison comparison : comparisons) {
            text.append(prompt(comparison)).append(generation(comparison));
        }
        double load = comparisons.stream()
                .mapToDouble(Comparison::mostOtherLoad)
                .max()
                .orElseThrow();
        text.append(String.format(
                Locale.ROOT,
                "%nOther processes had at most %.0f %% of the cores' time in any round (%d rounds).%n",
                100 * load,
                comparisons.get(0).rounds().size()));
        return text.toString();
    }

    private String prompt(Comparison comparison) {
        Samples ours = comparison.samples(round -> round.ours().pp());
        Samples theirs = comparison.samples(round -> round.theirs().pp());
        Samples ratio =
                comparison.samples(round -> round.ours().pp() / round.theirs().pp());
        return row(comparison, "pp" + promptTokens, ours, theirs, ratio, "", "");
    }

    private String generation(Comparison comparison) {
        Samples ours = comparison.samples(round -> round.ours().tg());
        Samples theirs = comparison.samples(round -> round.theirs().tg());
        Samples ratio =
                comparison.samples(round -> round.ours().tg() / round.theirs().tg());
        return row(
                comparison,
                "tg" + generatedTokens,
                ours,
                theirs,
                ratio,
                reads(comparison, ours),
                reads(comparison, theirs));
    }

    private static String row(
            Comparison comparison,
            String test,
            Samples ours,
            Samples theirs,
            Samples ratio,
            String ourReads,
            String theirReads) {
        return String.format(
                Locale.ROOT,
                "| %s | %d | %s | %s | %s | %.2f | %s | %s |%n",
                comparison.model(),
                comparison.threads(),
                test,
                ours,
                theirs,
                ratio.median(),
                ourReads,
                theirReads);
    }

    /** Weights per second, and the share of a plain read. */
    private static String reads(Comparison comparison, Samples tokensPerSecond) {
        double rate = tokensPerSecond.mean() * comparison.weightBytesPerToken() / GIGA;
        return String.format(Locale.ROOT, "%.1f GB/s (%.0f %%)", rate, 100 * rate / comparison.readGBps());
    }
}
