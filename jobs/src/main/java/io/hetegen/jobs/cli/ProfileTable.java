package io.hetegen.jobs.cli;

import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.plan.PlannedLinear;
import io.hetegen.engine.profile.Curve;
import io.hetegen.engine.profile.HardwareDescription;
import io.hetegen.engine.profile.LinearShape;
import io.hetegen.engine.profile.Measurement;
import io.hetegen.engine.profile.Profile;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A profile as lines of at most 100 columns, one for each shape of a linear and number of tokens. */
final class ProfileTable {

    private static final int COLUMNS = 100;
    private static final int NAME_COLUMNS = 18;
    private static final double MILLI = 1e3;
    private static final double PERCENT = 100;
    private static final String ROW = "%-18s %-6s %13s %6s %8s %8s %8s %8s %8s %7s";

    private final ModelShape model;
    private final Profile profile;

    ProfileTable(ModelShape model, Profile profile) {
        this.model = model;
        this.profile = profile;
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(Texts.cut(model.name(), COLUMNS));
        lines.add(Texts.cut("on " + profile.hardware().name() + ", " + threads(profile.threads()), COLUMNS));
        lines.add("");
        lines.addAll(machine());
        lines.add("");
        boolean hasGpu = profile.hardware().gpu() != null;
        if (hasGpu) {
            lines.add(line(ROW, "ms for all rows", "", "", "", "CPU", "CPU", "COM", "COM", "GPU", "balance"));
            lines.add(
                    line(ROW, "linear", "type", "rows x cols", "tokens", "alone", "beside", "alone", "beside", "", ""));
        } else {
            lines.add(line(ROW, "linear", "type", "rows x cols", "tokens", "CPU, ms", "", "", "", "", ""));
        }
        profile.measurements().forEach(measurement -> lines.add(row(measurement)));
        if (hasGpu) {
            lines.add("");
            lines.add("beside: CPU while copies run, COM while the CPU multiplies");
            lines.add("balance: the share that is streamed when T(CPU) = T(COM) + T(GPU)");
        }
        profile.remarks().forEach(remark -> {
            lines.add("");
            lines.addAll(Texts.wrap(remark, COLUMNS));
        });
        return lines;
    }

    /** The linears of a layer that have a shape, by name. */
    static String names(ModelShape model, LinearShape shape) {
        return model.linears().stream()
                .filter(linear -> linear.shape().equals(shape))
                .map(PlannedLinear::kind)
                .distinct()
                .collect(Collectors.joining(" "));
    }

    private List<String> machine() {
        List<String> lines = new ArrayList<>();
        HardwareDescription.Cpu cpu = profile.hardware().cpu();
        HardwareDescription.Link link = profile.hardware().link();
        HardwareDescription.Gpu gpu = profile.hardware().gpu();
        lines.add(line(
                "CPU   reads %.1f GB/s (as fast with %s), %s GFLOP/s float, %s GOP/s int8",
                cpu.readGBps(), threads(cpu.saturationCores()), rate(cpu.f32Gflops()), rate(cpu.int8Gops())));
        if (link != null && gpu != null) {
            lines.add(line(
                    "GPU   reads %.0f GB/s of its %.1f GB, %s GFLOP/s float, %s GOP/s int8, launch %.1f us",
                    gpu.readGBps(), gpu.memoryGB(), rate(gpu.f32Gflops()), rate(gpu.int8Gops()), gpu.launchMicros()));
            lines.add(line(
                    "link  %.1f GB/s to the GPU, %.1f back, latency %.1f us; CPU and copies at once %.1f GB/s",
                    link.h2dGBps(), link.d2hGBps(), link.latencyMicros(), cpu.busGBps()));
            lines.add(line(
                    "join  %.1f us for each group of linears that is split",
                    profile.hardware().joinMicros()));
        }
        return lines;
    }

    private String row(Measurement measurement) {
        LinearShape shape = measurement.shape();
        boolean hasGpu = measurement.gpu() != null;
        return line(
                ROW,
                Texts.cut(names(model, shape), NAME_COLUMNS),
                shape.dtype(),
                shape.rows() + " x " + shape.columns(),
                measurement.tokens(),
                millis(measurement.cpu(), shape),
                millis(measurement.cpuBesideCopies(), shape),
                millis(measurement.copy(), shape),
                millis(measurement.copyBesideCpu(), shape),
                millis(measurement.gpu(), shape),
                hasGpu ? line("%.0f %%", PERCENT * measurement.balance() / shape.tiles()) : "");
    }

    private static String millis(@Nullable Curve curve, LinearShape shape) {
        if (curve == null) {
            return "";
        }
        double millis = MILLI * curve.at(shape.tiles());
        return line(millis < 10 ? "%.3f" : millis < 1000 ? "%.1f" : "%.0f", millis);
    }

    private static String rate(double rate) {
        return line(rate < 10 ? "%.1f" : "%.0f", rate);
    }

    private static String threads(int threads) {
        return threads + (threads == 1 ? " thread" : " threads");
    }

    private static String line(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments).stripTrailing();
    }
}
