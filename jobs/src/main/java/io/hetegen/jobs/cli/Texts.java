package io.hetegen.jobs.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Figures and names as people read them. */
final class Texts {

    private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    private static final double STEP = 1024.0;

    private Texts() {}

    /** For example {@code 2.7 MiB}. */
    static String bytes(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= STEP && unit < UNITS.length - 1) {
            value /= STEP;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
    }

    /** Lines of at most so many columns, broken between words. */
    static List<String> wrap(String text, int columns) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : cut(text, 10 * columns).split(" ")) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > columns) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }

    /** At most {@code columns} characters, none of which would control the terminal. */
    static String cut(String text, int columns) {
        String plain = text.replaceAll("\\p{Cntrl}", "?");
        return plain.length() <= columns ? plain : plain.substring(0, columns - 3) + "...";
    }
}
