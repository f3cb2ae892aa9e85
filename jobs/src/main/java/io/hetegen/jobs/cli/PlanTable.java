package io.hetegen.jobs.cli;

import io.hetegen.engine.plan.LinearPlan;
import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PhasePrediction;
import io.hetegen.engine.plan.PhaseShare;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** A plan as lines of at most 100 columns, one for each linear of a layer. */
final class PlanTable {

    private static final int COLUMNS = 100;
    private static final double MILLI = 1e3;
    private static final double GIGA = 1e9;
    private static final double PERCENT = 100;

    private final PartitionPlan plan;

    PlanTable(PartitionPlan plan) {
        this.plan = plan;
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(Texts.cut(plan.model(), COLUMNS));
        lines.add(Texts.cut("on " + plan.hardware() + ", " + plan.threads() + " threads", COLUMNS));
        lines.add(line(
                "strategy %s, GPU memory %s, prompt %d, generate %d, %s cache%s",
                plan.request().strategy().name().toLowerCase(Locale.ROOT),
                gigabytes(plan.request().gpuMemoryBytes()),
                plan.request().promptTokens(),
                plan.request().generatedTokens(),
                plan.request().kvType().name().toLowerCase(Locale.ROOT),
                plan.request().sequences() == 1 ? "" : " of " + plan.request().sequences() + " sequences"));
        lines.add("");
        lines.add(line(
                "%-11s %-6s %13s %4s   %-16s  %-11s %8s  %s",
                "linear", "type", "rows x cols", "", "decode, %", "prefill, %", "g", "ms a token (decode)"));
        lines.add(line(
                "%-11s %-6s %13s %4s   %-16s  %-11s %8s %6s %6s %6s",
                "", "", "", "", "GPU  res/str/CPU", "res/str/CPU", "ms/GB", "CPU", "COM", "GPU"));
        kinds().forEach((kind, linears) -> lines.add(row(linears)));
        lines.add("");
        lines.addAll(memory());
        lines.add("");
        lines.add(phase("decode", plan.decode(), plan.decodeTokensPerSecond()));
        for (PhasePrediction prefill : plan.prefill()) {
            lines.add(phase("prefill " + prefill.tokens(), prefill, prefill.tokens() / prefill.seconds()));
        }
        lines.add(line(
                "request     %.2f tokens/s: %d in %.2f s, of which %.2f s prefill (%.0f tokens/s)",
                plan.requestTokensPerSecond(),
                plan.request().generatedTokens(),
                plan.request().generatedTokens() / plan.requestTokensPerSecond(),
                plan.prefillSeconds(),
                plan.prefillTokensPerSecond()));
        plan.remarks().forEach(remark -> lines.addAll(Texts.wrap(remark, COLUMNS)));
        return lines;
    }

    /** Linears of equal name and size, in all layers. */
    private Map<String, List<LinearPlan>> kinds() {
        Map<String, List<LinearPlan>> kinds = new LinkedHashMap<>();
        for (LinearPlan linear : plan.linears()) {
            String kind = linear.linear().kind() + " " + linear.linear().shape();
            kinds.computeIfAbsent(kind, key -> new ArrayList<>()).add(linear);
        }
        return kinds;
    }

    private static String row(List<LinearPlan> linears) {
        LinearPlan first = linears.get(0);
        return line(
                "%-11s %-6s %13s %4s   %3.0f  %-11s  %-11s %8.2f %6.2f %6.2f %6.2f",
                Texts.cut(first.linear().kind(), 11),
                first.linear().shape().dtype(),
                first.linear().shape().rows() + " x " + first.linear().shape().columns(),
                "x" + linears.size(),
                PERCENT
                        * share(
                                linears,
                                LinearPlan::decode,
                                share -> share.ratio().gpuTiles()),
                shares(linears, LinearPlan::decode),
                shares(linears, linear -> linear.prefill().get(0)),
                first.gain() * MILLI * GIGA,
                MILLI * sum(linears, PhaseShare::cpuSeconds),
                MILLI * sum(linears, PhaseShare::copySeconds),
                MILLI * sum(linears, PhaseShare::gpuSeconds));
    }

    private static String shares(List<LinearPlan> linears, Function<LinearPlan, PhaseShare> phase) {
        return String.format(
                Locale.ROOT,
                "%3.0f/%3.0f/%3.0f",
                PERCENT * share(linears, phase, share -> share.ratio().residentTiles()),
                PERCENT * share(linears, phase, share -> share.ratio().streamedTiles()),
                PERCENT * share(linears, phase, share -> share.ratio().cpuTiles()));
    }

    private static double share(
            List<LinearPlan> linears, Function<LinearPlan, PhaseShare> phase, ToDoubleFunction<PhaseShare> tiles) {
        double all = linears.stream()
                .mapToDouble(linear -> linear.linear().shape().tiles())
                .sum();
        return linears.stream().map(phase).mapToDouble(tiles).sum() / all;
    }

    private static double sum(List<LinearPlan> linears, ToDoubleFunction<PhaseShare> seconds) {
        return linears.stream().map(LinearPlan::decode).mapToDouble(seconds).sum();
    }

    private List<String> memory() {
        long kvLayers = plan.kvOnGpu().stream().filter(onGpu -> onGpu).count();
        return List.of(
                line(
                        "GPU memory  %s weights, %s KV cache (%d of %d layers), %s ring, %s activations",
                        gigabytes(plan.memory().weightBytes()),
                        gigabytes(plan.memory().kvBytes()),
                        kvLayers,
                        plan.kvOnGpu().size(),
                        gigabytes(plan.memory().ringBytes()),
                        gigabytes(plan.memory().activationBytes())),
                line(
                        "            %s of %s",
                        gigabytes(plan.memory().totalBytes()),
                        gigabytes(plan.request().gpuMemoryBytes())));
    }

    private static String phase(String name, PhasePrediction phase, double tokensPerSecond) {
        return line(
                "%-11s %.2f tokens/s: %.2f ms a pass; busy: CPU %.0f %%, copies %.0f %%, GPU %.0f %%",
                name,
                tokensPerSecond,
                MILLI * phase.seconds(),
                PERCENT * phase.cpuSeconds() / phase.seconds(),
                PERCENT * phase.copySeconds() / phase.seconds(),
                PERCENT * phase.gpuSeconds() / phase.seconds());
    }

    private static String gigabytes(long bytes) {
        return String.format(Locale.ROOT, "%.2f GB", bytes / GIGA);
    }

    private static String line(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments).stripTrailing();
    }
}
