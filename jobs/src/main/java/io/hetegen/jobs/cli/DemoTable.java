package io.hetegen.jobs.cli;

import io.hetegen.jobs.demo.DemoReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The figures of the demo as a table of at most 80 columns. */
final class DemoTable {

    private final List<String> lines = new ArrayList<>();

    private DemoTable() {}

    static List<String> of(DemoReport report) {
        DemoTable table = new DemoTable();
        table.line("Records in", Integer.toString(report.recordsIn()));
        table.line("Completions out", Integer.toString(report.completionsOut()));
        table.line("Duplicates", Integer.toString(report.duplicates()));
        table.line("Missing", Integer.toString(report.missing()));
        table.line("Dead letters", Integer.toString(report.deadLetters()));
        table.line("Valid JSON", percent(report.validJson()));
        report.accuracy().forEach((label, share) -> table.line("Right " + label, percent(share)));
        table.line(
                "Speed",
                String.format(
                        Locale.ROOT,
                        "%.0f tokens/s (%d tokens generated)",
                        report.tokensPerSecond(),
                        report.generatedTokens()));
        table.line("Checkpoints", Long.toString(report.checkpoints()));
        table.line("Restarts", restarts(report));
        DemoReport.@Nullable Comparison comparison = report.comparison();
        if (comparison != null) {
            table.line(
                    "Same texts as without failure",
                    String.format(
                            Locale.ROOT,
                            "%s (%d of %d as the engine alone answers)",
                            comparison.same() ? "yes" : "NO",
                            comparison.equal(),
                            comparison.compared()));
        }
        table.line("First completion generated", seconds(report.firstGeneratedSeconds()));
        table.line("First completion committed", seconds(report.firstCommittedSeconds()));
        table.line("All completions committed", seconds(report.wallSeconds()));
        return table.lines;
    }

    private static String restarts(DemoReport report) {
        return report.restarts() == 0
                ? "0"
                : report.restarts() + " (" + report.interrupted() + " answers were taken up again)";
    }

    private void line(String label, String value) {
        lines.add(String.format(Locale.ROOT, "%-31s%s", label, value));
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    private static String seconds(@Nullable Double seconds) {
        return seconds == null ? "never" : String.format(Locale.ROOT, "after %.1f s", seconds);
    }
}
