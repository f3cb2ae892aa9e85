package io.hetegen.jobs.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A plain chart of lines and marks as SVG, from zero on both axes. */
final class SvgChart {

    static final int WIDTH = 760;
    static final int HEIGHT = 420;

    private static final int LEFT = 60;
    private static final int RIGHT = 20;
    private static final int TOP = 40;
    private static final int BOTTOM = 50;
    private static final int TICKS = 6;
    private static final String FONT = " font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\"";
    private static final String[] COLORS = {"#15803d", "#b45309", "#1d4ed8", "#64748b", "#be123c", "#7e22ce"};

    private final String title;
    private final String xLabel;
    private final String yLabel;
    private final List<Series> series = new ArrayList<>();
    private int legendX = LEFT + 14;

    /** @param points pairs of x and y */
    private record Series(String name, boolean isLine, List<double[]> points) {}

    SvgChart(String title, String xLabel, String yLabel) {
        this.title = title;
        this.xLabel = xLabel;
        this.yLabel = yLabel;
    }

    void line(String name, List<double[]> points) {
        series.add(new Series(name, true, points));
    }

    void marks(String name, List<double[]> points) {
        series.add(new Series(name, false, points));
    }

    /** Lines that fall leave more room there. */
    void putLegendRight() {
        legendX = WIDTH - RIGHT - 190;
    }

    String svg() {
        return String.format(
                        Locale.ROOT,
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\"%s>%n",
                        WIDTH,
                        HEIGHT,
                        FONT)
                + content()
                + "</svg>\n";
    }

    /** As part of a larger picture. */
    String panel(int x, int y, int width, int height) {
        return String.format(
                        Locale.ROOT,
                        "<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\"%s>%n",
                        x,
                        y,
                        width,
                        height,
                        WIDTH,
                        HEIGHT,
                        FONT)
                + content()
                + "</svg>\n";
    }

    private String content() {
        double xStep = step(largest(0));
        double yStep = step(largest(1));
        double xMost = Math.ceil(largest(0) / xStep) * xStep;
        double yMost = Math.ceil(largest(1) / yStep) * yStep;
        StringBuilder svg = new StringBuilder();
        put(svg, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>", WIDTH, HEIGHT);
        put(svg, "<text x=\"%d\" y=\"22\" font-size=\"14\" font-weight=\"bold\">%s</text>", LEFT, escaped(title));
        for (double x = 0; x <= xMost * 1.0001; x += xStep) {
            double at = x(x, xMost);
            put(svg, "<path d=\"M%.1f %d V%d\" stroke=\"#e2e8f0\"/>", at, TOP, HEIGHT - BOTTOM);
            put(
                    svg,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                    at,
                    HEIGHT - BOTTOM + 16,
                    number(x, xStep));
        }
        for (double y = 0; y <= yMost * 1.0001; y += yStep) {
            double at = y(y, yMost);
            put(svg, "<path d=\"M%d %.1f H%d\" stroke=\"#e2e8f0\"/>", LEFT, at, WIDTH - RIGHT);
            put(svg, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>", LEFT - 6, at + 4, number(y, yStep));
        }
        put(
                svg,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>",
                (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 12,
                escaped(xLabel));
        put(
                svg,
                "<text x=\"16\" y=\"%d\" text-anchor=\"middle\" transform=\"rotate(-90 16 %d)\">%s</text>",
                HEIGHT / 2,
                HEIGHT / 2,
                escaped(yLabel));
        for (int i = 0; i < series.size(); i++) {
            draw(svg, series.get(i), COLORS[i % COLORS.length], TOP + 16 + 18 * i, xMost, yMost);
        }
        return svg.toString();
    }

    private void draw(StringBuilder svg, Series series, String color, int legendY, double xMost, double yMost) {
        StringBuilder path = new StringBuilder();
        for (double[] point : series.points) {
            double x = x(point[0], xMost);
            double y = y(point[1], yMost);
            path.append(String.format(Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : " L", x, y));
            put(
                    svg,
                    series.isLine
                            ? "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\" fill=\"%s\"/>"
                            : "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\"/>",
                    x,
                    y,
                    color);
        }
        if (series.isLine && !path.isEmpty()) {
            put(svg, "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.8\"/>", path, color);
        }
        put(svg, "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"4\" fill=\"%s\"/>", legendX, legendY - 6, color);
        put(svg, "<text x=\"%d\" y=\"%d\">%s</text>", legendX + 18, legendY, escaped(series.name));
    }

    private double largest(int axis) {
        return series.stream()
                .flatMap(one -> one.points.stream())
                .mapToDouble(point -> point[axis])
                .max()
                .orElse(1);
    }

    /** 1, 2 or 5 times a power of ten. */
    private static double step(double most) {
        double rough = Math.max(most, 1e-9) / TICKS;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double digit = rough / power;
        return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
    }

    private static double x(double value, double most) {
        return LEFT + value / most * (WIDTH - LEFT - RIGHT);
    }

    private static double y(double value, double most) {
        return HEIGHT - BOTTOM - value / most * (HEIGHT - TOP - BOTTOM);
    }

    /** With as many digits as the step has. */
    private static String number(double value, double step) {
        int digits = (int) Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
        return String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static void put(StringBuilder svg, String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}
