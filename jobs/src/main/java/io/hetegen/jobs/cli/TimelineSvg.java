package io.hetegen.jobs.cli;

import io.hetegen.engine.plan.Lane;
import io.hetegen.engine.plan.Span;
import java.util.List;
import java.util.Locale;

/** A timeline as SVG: a lane for each of CPU, pinning, copies and GPU, coloured by what they work at. */
final class TimelineSvg {

    private static final int WIDTH = 1100;
    private static final int LEFT = 60;
    private static final int RIGHT = 34;
    private static final int TOP = 44;
    private static final int LANE_HEIGHT = 44;
    private static final int GAP = 12;
    private static final int TICKS = 10;
    private static final double MILLI = 1e3;

    /** Narrower pieces have no room for a label. */
    private static final double LABELLED = 34;

    private TimelineSvg() {}

    /** @param seconds of the beginning that are drawn */
    static String of(String title, List<Span> spans, double seconds) {
        int height = TOP + Lane.values().length * (LANE_HEIGHT + GAP) + 30;
        StringBuilder svg = new StringBuilder();
        put(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"Helvetica, Arial,"
                        + " sans-serif\" font-size=\"11\">",
                WIDTH,
                height);
        put(svg, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", WIDTH, height);
        put(
                svg,
                "<text x=\"%d\" y=\"22\" font-size=\"14\" font-weight=\"bold\">%s</text>",
                LEFT,
                SvgChart.escaped(title));
        for (int tick = 0; tick <= TICKS; tick++) {
            double at = seconds * tick / TICKS;
            double x = x(at, seconds);
            put(svg, "<path d=\"M%.1f %d V%d\" stroke=\"#e2e8f0\"/>", x, TOP - 6, height - 26);
            put(svg, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.2f ms</text>", x, height - 10, MILLI * at);
        }
        for (Lane lane : Lane.values()) {
            put(
                    svg,
                    "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
                    LEFT - 8,
                    y(lane) + LANE_HEIGHT / 2 + 4,
                    lane);
        }
        for (Span span : spans) {
            if (span.from() < seconds) {
                draw(svg, span, seconds);
            }
        }
        return svg.append("</svg>\n").toString();
    }

    private static void draw(StringBuilder svg, Span span, double seconds) {
        double from = x(span.from(), seconds);
        double to = x(Math.min(span.to(), seconds), seconds);
        put(
                svg,
                "<rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" fill=\"%s\" stroke=\"#ffffff\""
                        + " stroke-width=\"0.4\"/>",
                from,
                y(span.lane()),
                to - from,
                LANE_HEIGHT,
                color(span.label()));
        if (to - from >= LABELLED) {
            put(
                    svg,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                    (from + to) / 2,
                    y(span.lane()) + LANE_HEIGHT / 2 + 4,
                    SvgChart.escaped(span.label()));
        }
    }

    private static String color(String label) {
        return switch (label) {
            case "qkv" -> "#86efac";
            case "o" -> "#fde68a";
            case "up" -> "#93c5fd";
            case "down" -> "#f9a8d4";
            case "output" -> "#c4b5fd";
            case "attention" -> "#fb923c";
            default -> "#94a3b8";
        };
    }

    private static int y(Lane lane) {
        return TOP + lane.ordinal() * (LANE_HEIGHT + GAP);
    }

    private static double x(double at, double seconds) {
        return LEFT + at / seconds * (WIDTH - LEFT - RIGHT);
    }

    private static void put(StringBuilder svg, String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}
