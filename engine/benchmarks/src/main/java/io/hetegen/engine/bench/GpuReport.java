package io.hetegen.engine.bench;

import io.hetegen.engine.profile.HardwareDescription;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code bin/gpu-check} found; its fields are those of its JSON file.
 *
 * @param date ISO 8601
 * @param gpu one line
 */
record GpuReport(String date, String machine, String gpu, int threads, Equality equality, List<Model> models) {

    private static final double GIGA = 1e9;

    /** @param failures of the cases; empty if all bits are equal */
    record Equality(int cases, List<String> failures) {}

    /**
     * @param weightBytesPerToken packed
     * @param hardware as the profile measured it
     */
    record Model(
            String model,
            long weightBytesPerToken,
            HardwareDescription hardware,
            List<String> remarks,
            List<Run> runs) {}

    /**
     * Decode under one plan.
     *
     * @param tokensPerSecond null where the strategy has no plan for the budget
     * @param note why there is none, or what went wrong
     */
    record Run(
            String strategy,
            long gpuMemoryBytes,
            double predictedTokensPerSecond,
            @Nullable Double tokensPerSecond,
            String note) {}

    String markdown() {
        StringBuilder text = new StringBuilder();
        text.append(String.format("%s on %s; %s; %d threads.%n%n", date, machine, gpu, threads));
        text.append(String.format(
                "Equality: %d cases, %s%n",
                equality.cases(),
                equality.failures().isEmpty()
                        ? "all bits as on the CPU."
                        : equality.failures().size() + " DIFFER: " + String.join("; ", equality.failures())));
        models.forEach(model -> append(text, model));
        return text.toString();
    }

    private static void append(StringBuilder text, Model model) {
        HardwareDescription hardware = model.hardware();
        text.append(String.format(
                Locale.ROOT,
                "%n%s: CPU reads %.1f GB/s, CPU and copies together %.1f GB/s%s%n%n",
                model.model(),
                hardware.cpu().readGBps(),
                hardware.cpu().busGBps(),
                hardware.link() == null
                        ? ""
                        : String.format(
                                Locale.ROOT, ", link %.1f GB/s", hardware.link().h2dGBps())));
        text.append(
                "| GPU memory | strategy | predicted | measured | error | weights read | note |%n|--:|---|--:|--:|--:|--:|---|%n"
                        .formatted());
        for (Run run : model.runs()) {
            Double measured = run.tokensPerSecond();
            text.append(String.format(
                    Locale.ROOT,
                    "| %.1f GB | %s | %.2f | %s | %s | %s | %s |%n",
                    run.gpuMemoryBytes() / GIGA,
                    run.strategy(),
                    run.predictedTokensPerSecond(),
                    measured == null ? "" : String.format(Locale.ROOT, "%.2f", measured),
                    measured == null
                            ? ""
                            : String.format(
                                    Locale.ROOT, "%+.0f %%", 100 * (run.predictedTokensPerSecond() / measured - 1)),
                    measured == null
                            ? ""
                            : String.format(Locale.ROOT, "%.1f GB/s", measured * model.weightBytesPerToken() / GIGA),
                    run.note()));
        }
        model.remarks().forEach(remark -> text.append(String.format("%n%s%n", remark)));
    }
}
