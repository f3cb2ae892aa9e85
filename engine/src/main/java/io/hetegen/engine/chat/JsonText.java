package io.hetegen.engine.chat;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** Writes values as Python's json.dumps does, which models were trained on: blanks after separators, keys as they stand. */
final class JsonText {

    /** Brackets, separators and short words that an item brings along. */
    private static final int PUNCTUATION = 8;

    private final StringBuilder out = new StringBuilder();
    private final Budget budget;
    private final int indent;
    private final boolean ascii;
    private final boolean sortKeys;

    /** @param indent blanks for each level; negative for one line */
    JsonText(Budget budget, int indent, boolean ascii, boolean sortKeys) {
        this.budget = budget;
        this.indent = indent;
        this.ascii = ascii;
        this.sortKeys = sortKeys;
    }

    String write(Object value) {
        append(value, 1);
        return out.toString();
    }

    private void append(Object value, int level) {
        budget.produce(PUNCTUATION);
        if (value == Values.NONE) {
            out.append("null");
        } else if (value instanceof Boolean || value instanceof Long) {
            out.append(value);
        } else if (value instanceof Double number) {
            out.append(
                    number.isNaN()
                            ? "NaN"
                            : number.isInfinite() ? number > 0 ? "Infinity" : "-Infinity" : PythonRepr.number(number));
        } else if (value instanceof Text text) {
            quote(text.value());
        } else if (value instanceof List<?> list) {
            out.append('[');
            int count = 0;
            for (Object item : list) {
                separate(count++, level);
                append(item, level + 1);
            }
            close(count, level, ']');
        } else if (value instanceof Map<?, ?> map) {
            out.append('{');
            int count = 0;
            for (Object key : sortKeys
                    ? map.keySet().stream()
                            .sorted((a, b) -> Values.compare(budget, a, b))
                            .toList()
                    : map.keySet()) {
                separate(count++, level);
                quote(Values.text(budget, key).value());
                out.append(": ");
                append(Objects.requireNonNull(map.get(key)), level + 1);
            }
            close(count, level, '}');
        } else {
            throw new TemplateException(Values.typeName(value) + " cannot be written as JSON");
        }
    }

    private void separate(int count, int level) {
        if (count > 0) {
            out.append(indent < 0 ? ", " : ",");
        }
        newLine(level);
    }

    private void close(int count, int level, char bracket) {
        if (count > 0) {
            newLine(level - 1);
        }
        out.append(bracket);
    }

    private void newLine(int level) {
        if (indent >= 0) {
            int blanks = (int) budget.produceTimes(indent, level);
            out.append('\n').append(" ".repeat(blanks));
        }
    }

    private void quote(String value) {
        budget.produce(value.length());
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    if (c < 0x20 || ascii && c > 0x7E) {
                        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
