package io.hetegen.engine.chat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Jinja's tests, the words after {@code is}. */
final class Tests {

    @FunctionalInterface
    interface Test {
        boolean holds(Frame frame, Object value, Arguments arguments);
    }

    private static final Map<String, Test> BY_NAME = new HashMap<>();

    static {
        BY_NAME.put("defined", (f, v, a) -> !(v instanceof Undefined));
        BY_NAME.put("undefined", (f, v, a) -> v instanceof Undefined);
        BY_NAME.put("none", (f, v, a) -> v == Values.NONE);
        BY_NAME.put("string", (f, v, a) -> v instanceof Text);
        BY_NAME.put("mapping", (f, v, a) -> v instanceof Map);
        BY_NAME.put("sequence", (f, v, a) -> v instanceof Text || v instanceof List || v instanceof Map);
        BY_NAME.put(
                "iterable",
                (f, v, a) -> v instanceof Text || v instanceof List || v instanceof Map || v instanceof Undefined);
        BY_NAME.put("callable", (f, v, a) -> v instanceof TemplateFunction);
        BY_NAME.put("boolean", (f, v, a) -> v instanceof Boolean);
        BY_NAME.put("true", (f, v, a) -> v.equals(true));
        BY_NAME.put("false", (f, v, a) -> v.equals(false));
        BY_NAME.put("integer", (f, v, a) -> v instanceof Long);
        BY_NAME.put("float", (f, v, a) -> v instanceof Double);
        BY_NAME.put("number", (f, v, a) -> Values.isNumber(v));
        BY_NAME.put("odd", (f, v, a) -> Math.floorMod(Values.integer(v), 2) == 1);
        BY_NAME.put("even", (f, v, a) -> Math.floorMod(Values.integer(v), 2) == 0);
        BY_NAME.put(
                "divisibleby",
                (f, v, a) -> Operators.apply(f.budget(), "%", v, a.required(0, "num"))
                        .equals(0L));
        BY_NAME.put(
                "lower",
                (f, v, a) -> v instanceof Text t && PythonStrings.lower(t).equals(t));
        BY_NAME.put(
                "upper",
                (f, v, a) -> v instanceof Text t && PythonStrings.upper(t).equals(t));
        BY_NAME.put(
                "sameas",
                (f, v, a) -> v == a.required(0, "other") || v instanceof Boolean && v.equals(a.required(0, "other")));
        comparison("==", "eq", "equalto");
        comparison("!=", "ne");
        comparison("<", "lt", "lessthan");
        comparison("<=", "le");
        comparison(">", "gt", "greaterthan");
        comparison(">=", "ge");
        comparison("in");
    }

    private Tests() {}

    static @Nullable Test named(String name) {
        return BY_NAME.get(name);
    }

    private static void comparison(String operator, String... names) {
        Test test = (f, v, a) -> Operators.compare(f.budget(), operator, v, a.required(0, "other"));
        BY_NAME.put(operator, test);
        for (String name : names) {
            BY_NAME.put(name, test);
        }
    }
}
