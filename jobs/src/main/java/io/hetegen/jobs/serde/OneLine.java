package io.hetegen.jobs.serde;

import java.util.Locale;

/** Makes foreign text fit for a log line, a header or an error message: one line, printable, bounded. */
public final class OneLine {

    private static final int QUOTED_LENGTH = 60;

    private OneLine() {}

    /** {@code text} with at most {@code limit} characters, everything that is not printable written as an escape. */
    public static String of(String text, int limit) {
        StringBuilder line = new StringBuilder(Math.min(text.length(), limit) + 1);
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            String piece = isPrintable(codePoint) ? Character.toString(codePoint) : escape(codePoint);
            if (line.length() + piece.length() > limit - 1) {
                return line.append('…').toString();
            }
            line.append(piece);
            i += Character.charCount(codePoint);
        }
        return line.toString();
    }

    /** A foreign value inside an error message: quoted, short. */
    static String quote(String text) {
        return '\'' + of(text, QUOTED_LENGTH) + '\'';
    }

    /** Whether a code point can stand in a line without moving the cursor, the text around it or a parser. */
    static boolean isPrintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }

    private static String escape(int codePoint) {
        return String.format(Locale.ROOT, "\\u{%X}", codePoint);
    }
}
