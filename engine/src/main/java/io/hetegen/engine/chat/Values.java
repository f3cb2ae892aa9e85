package io.hetegen.engine.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Python's notions of truth, equality, length and text for what a template computes with: {@link Text}, Long, Double,
 * Boolean, {@link #NONE}, List, Map, {@link Undefined}, {@link Namespace}, {@link TemplateFunction}.
 */
final class Values {

    /** Python's None. */
    static final Object NONE = new Object() {
        @Override
        public String toString() {
            return "None";
        }
    };

    private Values() {}

    static boolean truth(Object value) {
        if (value instanceof Boolean bool) {
            return bool;
        }
        if (value instanceof Text text) {
            return text.length() > 0;
        }
        if (value instanceof Long number) {
            return number != 0;
        }
        if (value instanceof Double number) {
            return number != 0;
        }
        if (value instanceof List<?> list) {
            return !list.isEmpty();
        }
        if (value instanceof Map<?, ?> map) {
            return !map.isEmpty();
        }
        return value != NONE && !(value instanceof Undefined);
    }

    static boolean equal(Budget budget, Object left, Object right) {
        budget.produce(1);
        if (isNumber(left) && isNumber(right)) {
            return left instanceof Long && right instanceof Long ? left.equals(right) : number(left) == number(right);
        }
        if (left instanceof Text a && right instanceof Text b) {
            budget.produce(Math.min(a.length(), b.length()));
            return a.equals(b);
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            boolean same = a.size() == b.size();
            for (int i = 0; same && i < a.size(); i++) {
                same = equal(budget, a.get(i), b.get(i));
            }
            return same;
        }
        if (left instanceof Map<?, ?> a && right instanceof Map<?, ?> b) {
            boolean same = a.size() == b.size();
            for (Map.Entry<?, ?> entry : a.entrySet()) {
                Object other = b.get(entry.getKey());
                same = same && other != null && equal(budget, entry.getValue(), other);
            }
            return same;
        }
        return left == right || left instanceof Undefined && right instanceof Undefined;
    }

    static int compare(Budget budget, Object left, Object right) {
        budget.produce(1);
        if (isNumber(left) && isNumber(right)) {
            return left instanceof Long a && right instanceof Long b
                    ? Long.compare(a, b)
                    : Double.compare(number(left), number(right));
        }
        if (left instanceof Text a && right instanceof Text b) {
            budget.produce(Math.min(a.length(), b.length()));
            return a.compareTo(b);
        }
        throw new TemplateException("cannot compare " + typeName(left) + " with " + typeName(right));
    }

    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    static double number(Object value) {
        if (value instanceof Boolean bool) {
            return bool ? 1 : 0;
        }
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        throw new TemplateException("expected a number, found " + typeName(value));
    }

    static long integer(Object value) {
        if (value instanceof Long number) {
            return number;
        }
        if (value instanceof Boolean bool) {
            return bool ? 1 : 0;
        }
        throw new TemplateException("expected an integer, found " + typeName(value));
    }

    static boolean contains(Budget budget, Object container, Object item) {
        if (container instanceof Text text && item instanceof Text part) {
            budget.produce(text.length());
            return text.value().contains(part.value());
        }
        if (container instanceof Map<?, ?> map) {
            return map.containsKey(key(item));
        }
        if (container instanceof List<?> list) {
            return list.stream().anyMatch(each -> equal(budget, each, item));
        }
        if (container instanceof Undefined) {
            return false;
        }
        throw new TemplateException("cannot look for " + typeName(item) + " in " + typeName(container));
    }

    static long length(Object value) {
        if (value instanceof Text text) {
            return text.value().codePointCount(0, text.length());
        }
        if (value instanceof List<?> list) {
            return list.size();
        }
        if (value instanceof Map<?, ?> map) {
            return map.size();
        }
        if (value instanceof Undefined) {
            return 0;
        }
        throw new TemplateException(typeName(value) + " has no length");
    }

    /** What a loop over the value goes through: a mapping's keys, a text's characters. */
    @SuppressWarnings("unchecked")
    static List<Object> items(Object value) {
        if (value instanceof List<?> list) {
            return (List<Object>) list;
        }
        if (value instanceof Map<?, ?> map) {
            return new ArrayList<>(map.keySet());
        }
        if (value instanceof Undefined) {
            return List.of();
        }
        if (value instanceof Text text) {
            List<Object> characters = new ArrayList<>(text.length());
            for (int at = 0; at < text.length(); ) {
                int next = text.value().offsetByCodePoints(at, 1);
                characters.add(text.slice(at, next));
                at = next;
            }
            return characters;
        }
        throw new TemplateException(typeName(value) + " is not iterable");
    }

    @SuppressWarnings("unchecked")
    static Map<Object, Object> mapping(Object value) {
        if (value instanceof Map<?, ?> map) {
            return (Map<Object, Object>) map;
        }
        throw new TemplateException("expected a mapping, found " + typeName(value));
    }

    /** Mappings have keys that cannot change and are cheap to compare. */
    static Object key(Object value) {
        if (value instanceof List || value instanceof Map || value instanceof Namespace) {
            throw new TemplateException(typeName(value) + " cannot be a key");
        }
        return value;
    }

    /** As Python's str(). The text of lists and mappings counts as content, whatever they hold. */
    static Text text(Budget budget, Object value) {
        if (value instanceof Text text) {
            return text;
        }
        if (value instanceof Undefined) {
            return Text.EMPTY;
        }
        String text = PythonRepr.of(budget, value);
        return value instanceof List || value instanceof Map ? Text.ofContent(text) : Text.ofTemplate(text);
    }

    static String typeName(Object value) {
        if (value instanceof Undefined undefined) {
            return "the undefined '" + undefined.name() + "'";
        }
        if (value instanceof Text) {
            return "a string";
        }
        if (value instanceof List) {
            return "a list";
        }
        if (value instanceof Map) {
            return "a mapping";
        }
        return value == NONE ? "none" : value.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }
}
