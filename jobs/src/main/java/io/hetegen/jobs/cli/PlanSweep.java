package io.hetegen.jobs.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PlanRequest;
import io.hetegen.engine.plan.Planner;
import io.hetegen.engine.plan.PlanningException;
import io.hetegen.engine.plan.Strategy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Plans of all strategies over several sizes of GPU memory, beside what was published for the model. */
final class PlanSweep {

    private static final double GIGA = 1e9;

    private final ModelShape model;
    private final PlanRequest request;
    private final Optional<PublishedResults> published;
    private final List<Row> rows = new ArrayList<>();

    /** The plans for one size; a strategy that cannot be planned there is absent. */
    private record Row(long bytes, Map<Strategy, PartitionPlan> plans) {}

    private PlanSweep(ModelShape model, PlanRequest request) {
        this.model = model;
        this.request = request;
        this.published = PublishedResults.of(model);
    }

    static PlanSweep run(ModelShape model, Planner planner, PlanRequest request, List<ByteSize> sizes) {
        PlanSweep sweep = new PlanSweep(model, request);
        for (ByteSize size : sizes) {
            Map<Strategy, PartitionPlan> plans = new EnumMap<>(Strategy.class);
            for (Strategy strategy : Strategy.values()) {
                try {
                    plans.put(strategy, planner.plan(request.with(strategy).withGpuMemory(size.bytes())));
                } catch (PlanningException e) {
                    if (strategy == Strategy.HETEGEN) {
                        throw e;
                    }
                }
            }
            sweep.rows.add(new Row(size.bytes(), plans));
        }
        return sweep;
    }

    /** At most 100 columns. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "%s: tokens/s of a request, prompt %d, generate %d",
                Texts.cut(model.name(), 60),
                request.promptTokens(),
                request.generatedTokens()));
        lines.add("");
        lines.add(String.format("%-10s %-34s %-20s", "", "predicted", published.isPresent() ? "published" : "")
                .stripTrailing());
        lines.add(String.format(
                        "%10s %8s %8s %8s %8s %9s %8s",
                        "GPU memory",
                        "hetegen",
                        "layers",
                        "stream",
                        "cpu",
                        published.isPresent() ? "HeteGen" : "",
                        published.isPresent() ? "FlexGen" : "")
                .stripTrailing());
        rows.forEach(row -> lines.add(line(row)));
        rows.forEach(row -> reason(row).ifPresent(reason -> lines.addAll(Texts.wrap(reason, 100))));
        return lines;
    }

    /** One array. */
    String json() {
        ObjectMapper mapper = new ObjectMapper();
        ArrayNode array = mapper.createArrayNode();
        for (Row row : rows) {
            ObjectNode node = array.addObject().put("gpuMemoryBytes", row.bytes);
            row.plans.forEach((strategy, plan) -> node.putObject(name(strategy))
                    .put("decodeTokensPerSecond", plan.decodeTokensPerSecond())
                    .put("prefillTokensPerSecond", plan.prefillTokensPerSecond())
                    .put("requestTokensPerSecond", plan.requestTokensPerSecond()));
        }
        return array.toString();
    }

    String svg() {
        SvgChart chart = new SvgChart(
                Texts.cut(model.name(), 60) + " on " + Texts.cut(hardware(), 60), "GPU memory, GB", "tokens/s");
        for (Strategy strategy : Strategy.values()) {
            chart.line(name(strategy), points(row -> tokensPerSecond(row, strategy)));
        }
        published.ifPresent(results -> {
            chart.marks("HeteGen, published", pairs(results.hetegen()));
            chart.marks("FlexGen, published", pairs(results.flexgen()));
        });
        return chart.svg();
    }

    private String hardware() {
        PartitionPlan plan = rows.get(0).plans.get(Strategy.HETEGEN);
        return plan == null ? "" : plan.hardware();
    }

    private String line(Row row) {
        String ours = Arrays.stream(Strategy.values())
                .map(strategy -> number(tokensPerSecond(row, strategy), 8))
                .collect(Collectors.joining(" "));
        return String.format(
                        Locale.ROOT,
                        "%7.1f GB %s %s %s",
                        row.bytes / GIGA,
                        ours,
                        number(at(row, PublishedResults::hetegen), 9),
                        number(at(row, PublishedResults::flexgen), 8))
                .stripTrailing();
    }

    /** Why the prediction is below what was published, where it is. */
    private Optional<String> reason(Row row) {
        OptionalDouble theirs = at(row, PublishedResults::hetegen);
        PartitionPlan plan = row.plans.get(Strategy.HETEGEN);
        if (plan == null || theirs.isEmpty() || plan.requestTokensPerSecond() >= theirs.getAsDouble()) {
            return Optional.empty();
        }
        return Optional.of(String.format(
                Locale.ROOT,
                "Below the published point at %.1f GB: %.2f GB of weights lie outside the GPU, and a token takes %.1f ms,"
                        + " of which the CPU computes %.1f and copies take %.1f: this machine is slower than theirs.",
                row.bytes / GIGA,
                (model.weightBytes() - plan.memory().weightBytes()) / GIGA,
                1e3 * plan.decode().seconds(),
                1e3 * plan.decode().cpuSeconds(),
                1e3 * plan.decode().copySeconds()));
    }

    private OptionalDouble at(Row row, Function<PublishedResults, List<PublishedResults.Point>> system) {
        return published.isEmpty()
                ? OptionalDouble.empty()
                : PublishedResults.at(system.apply(published.get()), row.bytes / GIGA);
    }

    private static OptionalDouble tokensPerSecond(Row row, Strategy strategy) {
        PartitionPlan plan = row.plans.get(strategy);
        return plan == null ? OptionalDouble.empty() : OptionalDouble.of(plan.requestTokensPerSecond());
    }

    private List<double[]> points(Function<Row, OptionalDouble> value) {
        return rows.stream()
                .filter(row -> value.apply(row).isPresent())
                .map(row -> new double[] {row.bytes / GIGA, value.apply(row).getAsDouble()})
                .toList();
    }

    private static List<double[]> pairs(List<PublishedResults.Point> points) {
        return points.stream()
                .map(point -> new double[] {point.gigabytes(), point.tokensPerSecond()})
                .toList();
    }

    private String number(OptionalDouble value, int width) {
        return value.isPresent()
                ? String.format(Locale.ROOT, "%" + width + ".2f", value.getAsDouble())
                : String.format("%" + width + "s", published.isPresent() ? "-" : "");
    }

    private static String name(Strategy strategy) {
        return strategy.name().toLowerCase(Locale.ROOT);
    }
}
