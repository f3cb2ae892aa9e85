package io.hetegen.engine.chat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Jinja's filters. */
final class Filters {

    @FunctionalInterface
    interface Filter {
        Object apply(Frame frame, Object value, Arguments arguments);
    }

    private static final Map<String, Filter> BY_NAME = new HashMap<>();

    static {
        BY_NAME.put("trim", (f, v, a) -> PythonStrings.strip(text(f, v), a.get(0, "chars", Values.NONE), true, true));
        BY_NAME.put("upper", (f, v, a) -> PythonStrings.upper(text(f, v)));
        BY_NAME.put("lower", (f, v, a) -> PythonStrings.lower(text(f, v)));
        BY_NAME.put("capitalize", (f, v, a) -> PythonStrings.capitalize(text(f, v)));
        BY_NAME.put(
                "title",
                (f, v, a) -> PythonStrings.title(text(f, v), c -> PythonStrings.isSpace(c) || "-({[<".indexOf(c) >= 0));
        BY_NAME.put("string", (f, v, a) -> text(f, v));
        BY_NAME.put("safe", (f, v, a) -> text(f, v));
        BY_NAME.put(
                "replace",
                (f, v, a) -> PythonStrings.replace(
                        f.budget(),
                        text(f, v),
                        a.text(0, "old"),
                        a.text(1, "new"),
                        Values.integer(a.get(2, "count", -1L))));
        BY_NAME.put("indent", Filters::indent);
        BY_NAME.put("tojson", Filters::json);
        BY_NAME.put("default", Filters::otherwise);
        BY_NAME.put("d", Filters::otherwise);
        BY_NAME.put("length", (f, v, a) -> Values.length(v));
        BY_NAME.put("count", (f, v, a) -> Values.length(v));
        BY_NAME.put("list", (f, v, a) -> new ArrayList<>(items(f, v)));
        BY_NAME.put("items", (f, v, a) -> v instanceof Undefined ? List.of() : pairs(f.budget(), Values.mapping(v)));
        BY_NAME.put("dictsort", Filters::sortedPairs);
        BY_NAME.put("join", Filters::join);
        BY_NAME.put("first", (f, v, a) -> at(items(f, v), 0, "first"));
        BY_NAME.put("last", (f, v, a) -> at(items(f, v), items(f, v).size() - 1, "last"));
        BY_NAME.put("reverse", (f, v, a) -> Access.slice(f.budget(), v, Values.NONE, Values.NONE, -1L));
        BY_NAME.put("sort", Filters::sort);
        BY_NAME.put("unique", Filters::unique);
        BY_NAME.put("min", (f, v, a) -> at(sort(f, v, Arguments.NONE), 0, "min"));
        BY_NAME.put("max", (f, v, a) -> at(sort(f, v, new Arguments(List.of(true), Map.of())), 0, "max"));
        BY_NAME.put("map", Filters::map);
        BY_NAME.put("select", (f, v, a) -> select(f, v, a, false, true));
        BY_NAME.put("reject", (f, v, a) -> select(f, v, a, false, false));
        BY_NAME.put("selectattr", (f, v, a) -> select(f, v, a, true, true));
        BY_NAME.put("rejectattr", (f, v, a) -> select(f, v, a, true, false));
        BY_NAME.put("abs", (f, v, a) -> Values.number(v) < 0 ? Operators.negate(v) : v);
        BY_NAME.put("int", Filters::integer);
        BY_NAME.put("float", (f, v, a) -> {
            try {
                return v instanceof Text t ? Double.parseDouble(t.value()) : Values.number(v);
            } catch (NumberFormatException e) {
                return a.get(0, "default", 0.0);
            }
        });
    }

    private Filters() {}

    static @Nullable Filter named(String name) {
        Filter filter = BY_NAME.get(name);
        if (filter == null) {
            return null;
        }
        return (frame, value, arguments) -> {
            frame.budget().produce(value instanceof Text text ? text.length() : 1);
            return filter.apply(frame, value, arguments);
        };
    }

    static List<Object> pairs(Budget budget, Map<Object, Object> map) {
        budget.produce(map.size());
        List<Object> pairs = new ArrayList<>();
        map.forEach((key, value) -> pairs.add(List.of(key, value)));
        return pairs;
    }

    static Text join(Budget budget, Object value, Text separator) {
        TextBuilder out = new TextBuilder();
        Text between = Text.EMPTY;
        for (Object item : Values.items(value)) {
            Text text = Values.text(budget, item);
            budget.produce((long) between.length() + text.length() + 1);
            out.append(between).append(text);
            between = separator;
        }
        return out.build();
    }

    private static Object join(Frame frame, Object value, Arguments arguments) {
        Object list = value;
        if (arguments.has(1, "attribute")) {
            list = attributes(frame, value, arguments.text(1, "attribute").value(), Values.NONE);
        }
        return join(frame.budget(), list, text(frame, arguments.get(0, "d", Text.EMPTY)));
    }

    private static Object otherwise(Frame frame, Object value, Arguments arguments) {
        boolean missing = value instanceof Undefined || arguments.flag(1, "boolean", false) && !Values.truth(value);
        return missing ? arguments.get(0, "default_value", Text.EMPTY) : value;
    }

    /** What JSON says is the conversation's and the tools', so special tokens in it stay text. */
    private static Object json(Frame frame, Object value, Arguments arguments) {
        if (arguments.has(2, "separators")) {
            throw new TemplateException("tojson: 'separators' is not supported");
        }
        Object indent = arguments.get(1, "indent", Values.NONE);
        JsonText json = new JsonText(
                frame.budget(),
                indent == Values.NONE ? -1 : (int) Math.min(Values.integer(indent), 64),
                arguments.flag(0, "ensure_ascii", false),
                arguments.flag(3, "sort_keys", false));
        return Text.ofContent(json.write(value));
    }

    private static Object indent(Frame frame, Object value, Arguments arguments) {
        Object width = arguments.get(0, "width", 4L);
        Text blanks = width instanceof Text text
                ? text
                : (Text) Operators.apply(frame.budget(), "*", Text.ofTemplate(" "), width);
        boolean first = arguments.flag(1, "first", false);
        boolean blank = arguments.flag(2, "blank", false);
        TextBuilder out = new TextBuilder();
        List<Object> lines = PythonStrings.split(text(frame, value), Text.ofTemplate("\n"), -1);
        for (int i = 0; i < lines.size(); i++) {
            Text line = (Text) lines.get(i);
            frame.budget().produce((long) blanks.length() + line.length());
            out.append(i == 0 ? "" : "\n", false);
            if (i == 0 ? first : blank || line.length() > 0) {
                out.append(blanks);
            }
            out.append(line);
        }
        return out.build();
    }

    private static Object integer(Frame frame, Object value, Arguments arguments) {
        try {
            if (value instanceof Text text) {
                return Long.parseLong(
                        PythonStrings.strip(text, Values.NONE, true, true).value());
            }
            return value instanceof Double number ? (Object) number.longValue() : (Object) Values.integer(value);
        } catch (NumberFormatException | TemplateException e) {
            return arguments.get(0, "default", 0L);
        }
    }

    private static Object sortedPairs(Frame frame, Object value, Arguments arguments) {
        boolean caseSensitive = arguments.flag(0, "case_sensitive", false);
        boolean byValue = arguments.get(1, "by", Text.EMPTY).equals(Text.ofTemplate("value"));
        List<Object> pairs = pairs(frame.budget(), Values.mapping(value));
        sortBy(
                frame,
                pairs,
                pair -> ((List<?>) pair).get(byValue ? 1 : 0),
                caseSensitive,
                arguments.flag(2, "reverse", false));
        return pairs;
    }

    private static List<Object> sort(Frame frame, Object value, Arguments arguments) {
        List<Object> sorted = new ArrayList<>(items(frame, value));
        Object attribute = arguments.get(2, "attribute", Values.NONE);
        sortBy(
                frame,
                sorted,
                item -> attribute instanceof Text name ? path(item, name.value()) : item,
                arguments.flag(1, "case_sensitive", false),
                arguments.flag(0, "reverse", false));
        return sorted;
    }

    private static void sortBy(
            Frame frame, List<Object> list, UnaryOperator<Object> key, boolean caseSensitive, boolean reverse) {
        Comparator<Object> order = (a, b) -> Values.compare(
                frame.budget(), folded(frame, key.apply(a), caseSensitive), folded(frame, key.apply(b), caseSensitive));
        list.sort(reverse ? order.reversed() : order);
    }

    private static Object folded(Frame frame, Object value, boolean caseSensitive) {
        if (!caseSensitive && value instanceof Text text) {
            frame.budget().produce(text.length());
            return PythonStrings.lower(text);
        }
        return value;
    }

    private static Object unique(Frame frame, Object value, Arguments arguments) {
        Map<Object, Object> first = new LinkedHashMap<>();
        for (Object item : items(frame, value)) {
            first.putIfAbsent(Values.key(folded(frame, item, arguments.flag(0, "case_sensitive", false))), item);
        }
        return new ArrayList<>(first.values());
    }

    private static Object map(Frame frame, Object value, Arguments arguments) {
        if (arguments.named().containsKey("attribute")) {
            Object otherwise = arguments.named().getOrDefault("default", Values.NONE);
            return attributes(frame, value, arguments.text(9, "attribute").value(), otherwise);
        }
        String name = arguments.text(0, "filter").value();
        Filter filter = named(name);
        if (filter == null) {
            throw new TemplateException("the filter '" + name + "' is not supported");
        }
        List<Object> mapped = new ArrayList<>();
        for (Object item : items(frame, value)) {
            mapped.add(filter.apply(frame, item, arguments.rest(1)));
        }
        return mapped;
    }

    private static List<Object> attributes(Frame frame, Object value, String name, Object otherwise) {
        List<Object> attributes = new ArrayList<>();
        for (Object item : items(frame, value)) {
            Object attribute = path(item, name);
            attributes.add(attribute instanceof Undefined && otherwise != Values.NONE ? otherwise : attribute);
        }
        return attributes;
    }

    private static Object path(Object item, String name) {
        Object value = item;
        for (String part : name.split("\\.")) {
            boolean index = part.chars().allMatch(Character::isDigit) && part.length() < 10 && !part.isEmpty();
            value = Access.item(value, index ? (Object) Long.parseLong(part) : Text.ofTemplate(part));
        }
        return value;
    }

    private static Object select(Frame frame, Object value, Arguments arguments, boolean byAttribute, boolean keep) {
        String attribute = byAttribute ? arguments.text(0, "attribute").value() : "";
        Arguments rest = arguments.rest(byAttribute ? 1 : 0);
        Tests.Test test = (f, v, a) -> Values.truth(v);
        if (!rest.positional().isEmpty()) {
            String name = rest.text(0, "test").value();
            test = Tests.named(name);
            if (test == null) {
                throw new TemplateException("the test '" + name + "' is not supported");
            }
        }
        List<Object> selected = new ArrayList<>();
        for (Object item : items(frame, value)) {
            Object tested = byAttribute ? path(item, attribute) : item;
            if (test.holds(frame, tested, rest.rest(1)) == keep) {
                selected.add(item);
            }
        }
        return selected;
    }

    private static Object at(List<Object> items, int index, String filter) {
        return items.isEmpty() ? new Undefined("the " + filter + " of nothing") : items.get(index);
    }

    private static List<Object> items(Frame frame, Object value) {
        List<Object> items = Values.items(value);
        frame.budget().produce(items.size());
        return items;
    }

    private static Text text(Frame frame, Object value) {
        return Values.text(frame.budget(), value);
    }
}
