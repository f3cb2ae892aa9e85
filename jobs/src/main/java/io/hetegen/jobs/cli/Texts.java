package io.hetegen.jobs.cli;

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

    /** At most {@code columns} characters, none of which would control the terminal. */
    static String cut(String text, int columns) {
        String plain = text.replaceAll("\\p{Cntrl}", "?");
        return plain.length() <= columns ? plain : plain.substring(0, columns - 3) + "...";
    }
}
