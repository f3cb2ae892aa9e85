package io.hetegen.engine.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The evaluated arguments of a call, a filter or a test. */
record Arguments(List<Object> positional, Map<String, Object> named) {

    static final Arguments NONE = new Arguments(List.of(), Map.of());

    boolean has(int position, String name) {
        return position < positional.size() || named.containsKey(name);
    }

    /** The argument by position or else by name; {@code otherwise} where it was not given. */
    Object get(int position, String name, Object otherwise) {
        if (position < positional.size()) {
            return positional.get(position);
        }
        return named.getOrDefault(name, otherwise);
    }

    Object required(int position, String name) {
        if (!has(position, name)) {
            throw new TemplateException("argument '" + name + "' is missing");
        }
        return get(position, name, Values.NONE);
    }

    /** A required text. */
    Text text(int position, String name) {
        Object value = required(position, name);
        if (value instanceof Text text) {
            return text;
        }
        throw new TemplateException("argument '" + name + "' must be a string, not " + Values.typeName(value));
    }

    boolean flag(int position, String name, boolean otherwise) {
        return Values.truth(get(position, name, otherwise));
    }

    /** Without the first {@code count} positional ones. */
    Arguments rest(int count) {
        return new Arguments(
                new ArrayList<>(positional.subList(Math.min(count, positional.size()), positional.size())), named);
    }
}
