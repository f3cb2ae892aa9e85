package io.hetegen.engine.chat;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes values as Python's repr() does. */
final class PythonRepr {

    /** Brackets, separators and short words that an item brings along. */
    private static final int PUNCTUATION = 8;

    private PythonRepr() {}

    static String of(Budget budget, Object value) {
        StringBuilder out = new StringBuilder();
        append(budget, out, value);
        return out.toString();
    }

    private static void append(Budget budget, StringBuilder out, Object value) {
        budget.produce(PUNCTUATION);
        if (value instanceof Boolean bool) {
            out.append(bool ? "True" : "False");
        } else if (value instanceof Double number) {
            out.append(number(number));
        } else if (value instanceof Text text) {
            budget.produce(text.length());
            quote(out, text.value());
        } else if (value instanceof List<?> list) {
            out.append('[');
            String separator = "";
            for (Object item : list) {
                append(budget, out.append(separator), item);
                separator = ", ";
            }
            out.append(']');
        } else if (value instanceof Map<?, ?> map) {
            out.append('{');
            String separator = "";
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                append(budget, out.append(separator), entry.getKey());
                append(budget, out.append(": "), entry.getValue());
                separator = ", ";
            }
            out.append('}');
        } else if (value instanceof Namespace || value instanceof TemplateFunction || value instanceof LoopState) {
            throw new TemplateException("a function, namespace or loop has no text");
        } else {
            out.append(value);
        }
    }

    static String number(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        double size = Math.abs(value);
        if (value == Math.rint(value) && size < 1e16) {
            return String.format(Locale.ROOT, "%.1f", value);
        }
        if (size >= 1e-4 && size < 1e16) {
            return new BigDecimal(Double.toString(value)).toPlainString();
        }
        String[] parts = Double.toString(value).split("E");
        int exponent = Integer.parseInt(parts[1]);
        String mantissa = parts[0].endsWith(".0") ? parts[0].substring(0, parts[0].length() - 2) : parts[0];
        return mantissa + "e" + (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }

    private static void quote(StringBuilder out, String value) {
        char quote = value.indexOf('\'') >= 0 && value.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\\' -> out.append("\\\\");
                default -> {
                    if (c == quote) {
                        out.append('\\').append(c);
                    } else if (c < 0x20 || c >= 0x7F && c < 0xA0) {
                        out.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append(quote);
    }
}
