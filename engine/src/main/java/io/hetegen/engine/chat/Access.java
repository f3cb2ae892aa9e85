package io.hetegen.engine.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code value.name}, {@code value[key]} and {@code value[from:to:step]} in Jinja's order of looking. */
final class Access {

    private Access() {}

    /** Methods first, then keys: {@code map.items} is the method even where there is a key of that name. */
    static Object attribute(Object value, String name) {
        if (value instanceof Namespace namespace) {
            return namespace.values().getOrDefault(name, new Undefined(name));
        }
        if (value instanceof LoopState loop) {
            return loop.attribute(name);
        }
        TemplateFunction method = Methods.find(value, name);
        if (method != null) {
            return method;
        }
        Object found = entry(value, Text.ofTemplate(name));
        return found != null ? found : missing(value, name);
    }

    /** Keys first, then methods. */
    static Object item(Object value, Object key) {
        Object found = entry(value, key);
        if (found != null) {
            return found;
        }
        String name = key instanceof Text text ? text.value() : String.valueOf(key);
        TemplateFunction method = key instanceof Text ? Methods.find(value, name) : null;
        return method != null ? method : missing(value, name);
    }

    static Object slice(Budget budget, Object value, Object from, Object to, Object step) {
        long size = Values.length(value);
        long by = step == Values.NONE ? 1 : Values.integer(step);
        if (by == 0) {
            throw new TemplateException("a slice's step is zero");
        }
        long first = bound(from, by > 0 ? 0 : size - 1, size, by);
        long end = bound(to, by > 0 ? size : -1, size, by);
        if (value instanceof Text text && by == 1) {
            budget.produce(text.length());
            int start = text.value().offsetByCodePoints(0, (int) first);
            return text.slice(start, text.value().offsetByCodePoints(start, (int) Math.max(0, end - first)));
        }
        if (value instanceof Map) {
            throw new TemplateException("a mapping cannot be sliced");
        }
        budget.produce(size);
        List<Object> items = Values.items(value);
        List<Object> slice = new ArrayList<>();
        for (long i = first; by > 0 ? i < end : i > end; i += by) {
            slice.add(items.get((int) i));
        }
        if (value instanceof Text) {
            TextBuilder joined = new TextBuilder();
            slice.forEach(character -> joined.append((Text) character));
            return joined.build();
        }
        return slice;
    }

    private static long bound(Object given, long otherwise, long size, long step) {
        if (given == Values.NONE) {
            return otherwise;
        }
        long index = Values.integer(given);
        long fromStart = index < 0 ? index + size : index;
        return step > 0 ? Math.min(Math.max(fromStart, 0), size) : Math.min(Math.max(fromStart, -1), size - 1);
    }

    private static @Nullable Object entry(Object value, Object key) {
        if (value instanceof Map<?, ?> map) {
            return map.get(Values.key(key));
        }
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (key instanceof Long index && (value instanceof List || value instanceof Text)) {
            long size = Values.length(value);
            long at = index < 0 ? index + size : index;
            if (at < 0 || at >= size) {
                return null;
            }
            if (value instanceof List<?> list) {
                return list.get((int) at);
            }
            Text text = (Text) value;
            int start = text.value().offsetByCodePoints(0, (int) at);
            return text.slice(start, text.value().offsetByCodePoints(start, 1));
        }
        return null;
    }

    private static Undefined missing(Object value, String name) {
        return new Undefined(Values.typeName(value) + " has no '" + name + "', so it");
    }
}
