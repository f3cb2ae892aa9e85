package io.hetegen.jobs.cli;

import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.profile.LinearShape;
import io.hetegen.engine.profile.Measurement;
import io.hetegen.engine.profile.Profile;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;

/**
 * The curves of a profile as SVG: {@code T(CPU)} falls and {@code T(COM) + T(GPU)} rises with the share that is streamed,
 * and where they cross is the balance. A row for each shape of a linear: decode, and the largest chunk of a prompt.
 */
final class ProfilePlot {

    private static final int PANEL_WIDTH = 570;
    private static final int PANEL_HEIGHT = PANEL_WIDTH * SvgChart.HEIGHT / SvgChart.WIDTH;
    private static final int TOP = 40;
    private static final int POINTS = 32;
    private static final double PERCENT = 100;
    private static final double MILLI = 1e3;
    private static final double MICRO = 1e6;

    /** Shorter axes are drawn in microseconds. */
    private static final double SHORT_SECONDS = 2e-3;

    private final ModelShape model;
    private final Profile profile;

    ProfilePlot(ModelShape model, Profile profile) {
        this.model = model;
        this.profile = profile;
    }

    String svg() {
        List<LinearShape> shapes = profile.measurements().stream()
                .map(Measurement::shape)
                .distinct()
                .toList();
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\">%n"
                        + "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>%n"
                        + "<text x=\"40\" y=\"26\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"16\""
                        + " font-weight=\"bold\">%s</text>%n",
                2 * PANEL_WIDTH,
                TOP + shapes.size() * PANEL_HEIGHT,
                SvgChart.escaped(Texts.cut(model.name(), 50) + " on "
                        + Texts.cut(profile.hardware().name(), 70))));
        for (int row = 0; row < shapes.size(); row++) {
            List<Measurement> measurements = shown(shapes.get(row));
            for (int column = 0; column < measurements.size(); column++) {
                svg.append(panel(measurements.get(column))
                        .panel(column * PANEL_WIDTH, TOP + row * PANEL_HEIGHT, PANEL_WIDTH, PANEL_HEIGHT));
            }
        }
        return svg.append("</svg>\n").toString();
    }

    /** Of the fewest and of the most tokens. */
    private List<Measurement> shown(LinearShape shape) {
        List<Measurement> measurements = profile.measurements().stream()
                .filter(measurement -> measurement.shape().equals(shape))
                .sorted((one, other) -> Integer.compare(one.tokens(), other.tokens()))
                .toList();
        int last = measurements.size() - 1;
        return last == 0 ? measurements : List.of(measurements.get(0), measurements.get(last));
    }

    private SvgChart panel(Measurement measurement) {
        LinearShape shape = measurement.shape();
        boolean isShort = measurement.cpuSideSeconds(0) < SHORT_SECONDS;
        double unit = isShort ? MICRO : MILLI;
        SvgChart chart = new SvgChart(
                String.format(
                        Locale.ROOT,
                        "%s: %s %d x %d, %s",
                        Texts.cut(ProfileTable.names(model, shape), 30),
                        shape.dtype(),
                        shape.rows(),
                        shape.columns(),
                        measurement.tokens() == 1 ? "decode" : "prefill of " + measurement.tokens()),
                "share that is streamed, %",
                isShort ? "microseconds" : "ms");
        chart.putLegendRight();
        chart.line("T(CPU)", points(shape, streamed -> unit * measurement.cpuSideSeconds(streamed)));
        if (measurement.gpu() != null) {
            chart.line("T(COM) + T(GPU)", points(shape, streamed -> unit * measurement.gpuSideSeconds(streamed)));
            int balance = measurement.balance();
            double share = PERCENT * balance / shape.tiles();
            chart.marks(
                    String.format(Locale.ROOT, "balance at %.0f %%", share),
                    List.of(new double[] {share, unit * measurement.gpuSideSeconds(balance)}));
        }
        return chart;
    }

    private static List<double[]> points(LinearShape shape, IntToDoubleFunction value) {
        List<double[]> points = new ArrayList<>();
        int steps = Math.min(POINTS, shape.tiles());
        for (int i = 0; i <= steps; i++) {
            int tiles = (int) ((long) shape.tiles() * i / steps);
            points.add(new double[] {PERCENT * tiles / shape.tiles(), value.applyAsDouble(tiles)});
        }
        return points;
    }
}
