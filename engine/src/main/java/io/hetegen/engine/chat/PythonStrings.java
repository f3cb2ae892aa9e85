package io.hetegen.engine.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

/** Python's string methods on {@link Text}: what they cut out keeps its origin. */
final class PythonStrings {

    private PythonStrings() {}

    static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    /** @param characters to strip; blanks if it is not a text */
    static Text strip(Text text, Object characters, boolean start, boolean end) {
        IntPredicate stripped = PythonStrings::isSpace;
        if (characters instanceof Text set) {
            stripped = c -> set.value().indexOf(c) >= 0;
        }
        String value = text.value();
        int from = 0;
        int to = value.length();
        while (start && from < to && stripped.test(value.codePointAt(from))) {
            from = value.offsetByCodePoints(from, 1);
        }
        while (end && from < to && stripped.test(value.codePointBefore(to))) {
            to = value.offsetByCodePoints(to, -1);
        }
        return text.slice(from, to);
    }

    /** @param most cuts; negative for all */
    static List<Object> split(Text text, Text separator, long most) {
        if (separator.length() == 0) {
            throw new TemplateException("split: the separator is empty");
        }
        List<Object> parts = new ArrayList<>();
        int from = 0;
        for (int at = text.value().indexOf(separator.value());
                at >= 0 && (most < 0 || parts.size() < most);
                at = text.value().indexOf(separator.value(), from)) {
            parts.add(text.slice(from, at));
            from = at + separator.length();
        }
        parts.add(text.slice(from, text.length()));
        return parts;
    }

    static List<Object> splitFromEnd(Text text, Text separator, long most) {
        List<Object> parts = split(text, separator, -1);
        int joined = most < 0 ? 0 : (int) Math.max(0, parts.size() - 1 - most);
        int end = 0;
        for (int i = 0; i <= joined; i++) {
            end += ((Text) parts.get(i)).length() + (i == 0 ? 0 : separator.length());
        }
        List<Object> result = new ArrayList<>(List.of(text.slice(0, end)));
        result.addAll(parts.subList(joined + 1, parts.size()));
        return result;
    }

    static List<Object> splitAtBlanks(Text text, long most) {
        List<Object> parts = new ArrayList<>();
        Text stripped = strip(text, Values.NONE, true, true);
        String value = stripped.value();
        int from = 0;
        while (from < value.length()) {
            boolean last = most >= 0 && parts.size() >= most;
            int end = last ? value.length() : from;
            while (end < value.length() && !isSpace(value.charAt(end))) {
                end++;
            }
            parts.add(stripped.slice(from, end));
            from = end;
            while (from < value.length() && isSpace(value.charAt(from))) {
                from++;
            }
        }
        return parts;
    }

    static List<Object> lines(Text text, boolean keepEnds) {
        List<Object> lines = new ArrayList<>();
        int from = 0;
        for (int at = 0; at < text.length(); at++) {
            char c = text.value().charAt(at);
            if (c == '\n' || c == '\r') {
                int end = at;
                if (c == '\r' && at + 1 < text.length() && text.value().charAt(at + 1) == '\n') {
                    at++;
                }
                lines.add(text.slice(from, keepEnds ? at + 1 : end));
                from = at + 1;
            }
        }
        if (from < text.length()) {
            lines.add(text.slice(from, text.length()));
        }
        return lines;
    }

    static Text replace(Budget budget, Text text, Text old, Text replacement, long most) {
        String value = text.value();
        TextBuilder out = new TextBuilder();
        int from = 0;
        int found = 0;
        int at = value.indexOf(old.value());
        while (at >= 0 && (most < 0 || found < most)) {
            budget.produce(replacement.length() + 1L);
            text.appendTo(out, from, at);
            out.append(replacement);
            found++;
            from = at + old.length();
            int next = old.length() > 0 ? from : at + 1;
            at = next > value.length() ? -1 : value.indexOf(old.value(), next);
        }
        text.appendTo(out, from, value.length());
        return out.build();
    }

    static Text upper(Text text) {
        return text.mapRuns(run -> run.toUpperCase(Locale.ROOT));
    }

    static Text lower(Text text) {
        return text.mapRuns(run -> run.toLowerCase(Locale.ROOT));
    }

    static Text capitalize(Text text) {
        if (text.length() == 0) {
            return text;
        }
        int first = text.value().offsetByCodePoints(0, 1);
        return new TextBuilder()
                .append(upper(text.slice(0, first)))
                .append(lower(text.slice(first, text.length())))
                .build();
    }

    /** Every word capitalized; a word begins after a character for which {@code boundary} holds. */
    static Text title(Text text, IntPredicate boundary) {
        TextBuilder out = new TextBuilder();
        int from = 0;
        for (int i = 0; i <= text.length(); i++) {
            if (i == text.length() || boundary.test(text.value().charAt(i))) {
                out.append(capitalize(text.slice(from, Math.min(i + 1, text.length()))));
                from = i + 1;
            }
        }
        return out.build();
    }
}
