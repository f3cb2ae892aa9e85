package io.hetegen.engine.chat;

/** Python's escape sequences in string literals; an unknown one stays as it is written. */
final class StringEscapes {

    private StringEscapes() {}

    static String decode(String literal, int line) {
        if (literal.indexOf('\\') < 0) {
            return literal;
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < literal.length(); i++) {
            char c = literal.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char kind = literal.charAt(++i);
            switch (kind) {
                case 'n' -> out.append('\n');
                case 't' -> out.append('\t');
                case 'r' -> out.append('\r');
                case 'b' -> out.append('\b');
                case 'f' -> out.append('\f');
                case 'a' -> out.append('\u0007');
                case 'v' -> out.append('\u000B');
                case '\n' -> {}
                case '\\', '\'', '"' -> out.append(kind);
                case 'x' -> i = hexadecimal(literal, i, 2, out, line);
                case 'u' -> i = hexadecimal(literal, i, 4, out, line);
                case 'U' -> i = hexadecimal(literal, i, 8, out, line);
                case '0' -> out.append('\0');
                default -> out.append('\\').append(kind);
            }
        }
        return out.toString();
    }

    private static int hexadecimal(String literal, int at, int digits, StringBuilder out, int line) {
        try {
            int value = Integer.parseUnsignedInt(literal.substring(at + 1, at + 1 + digits), 16);
            out.appendCodePoint(value);
            return at + digits;
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw TemplateException.at(line, "a string has a broken escape sequence");
        }
    }
}
