package io.hetegen.engine.format;

/** Names from a model file as messages show them: in quotes, on one line, cut where they are long. */
public final class Quoted {

    private static final int MAX_CHARACTERS = 80;

    private Quoted() {}

    public static String of(String name) {
        StringBuilder quoted = new StringBuilder("'");
        name.codePoints().limit(MAX_CHARACTERS).map(c -> isVisible(c) ? c : '?').forEach(quoted::appendCodePoint);
        return quoted.append(name.codePointCount(0, name.length()) > MAX_CHARACTERS ? "...'" : "'")
                .toString();
    }

    private static boolean isVisible(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> false;
            default -> true;
        };
    }
}
