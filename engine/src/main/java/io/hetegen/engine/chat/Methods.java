package io.hetegen.engine.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The methods of Python's str, dict and list that do not change their object. */
final class Methods {

    private Methods() {}

    static @Nullable TemplateFunction find(Object receiver, String name) {
        if (receiver instanceof Text text) {
            return ofText(text, name);
        }
        if (receiver instanceof Map) {
            return ofMapping(Values.mapping(receiver), name);
        }
        if (receiver instanceof List) {
            return ofList(Values.items(receiver), name);
        }
        return null;
    }

    private static @Nullable TemplateFunction ofText(Text text, String name) {
        TextMethod method = switch (name) {
            case "strip" -> (budget, a) -> PythonStrings.strip(text, a.get(0, "chars", Values.NONE), true, true);
            case "lstrip" -> (budget, a) -> PythonStrings.strip(text, a.get(0, "chars", Values.NONE), true, false);
            case "rstrip" -> (budget, a) -> PythonStrings.strip(text, a.get(0, "chars", Values.NONE), false, true);
            case "split" -> (budget, a) -> split(text, a, false);
            case "rsplit" -> (budget, a) -> split(text, a, true);
            case "splitlines" -> (budget, a) -> PythonStrings.lines(text, a.flag(0, "keepends", false));
            case "replace" ->
                (budget, a) -> PythonStrings.replace(
                        budget, text, a.text(0, "old"), a.text(1, "new"), Values.integer(a.get(2, "count", -1L)));
            case "upper" -> (budget, a) -> PythonStrings.upper(text);
            case "lower" -> (budget, a) -> PythonStrings.lower(text);
            case "capitalize" -> (budget, a) -> PythonStrings.capitalize(text);
            case "title" -> (budget, a) -> PythonStrings.title(text, c -> !Character.isLetter(c));
            case "startswith" -> (budget, a) -> any(a.required(0, "prefix"), text.value()::startsWith);
            case "endswith" -> (budget, a) -> any(a.required(0, "suffix"), text.value()::endsWith);
            case "removeprefix" ->
                (budget, a) -> {
                    Text prefix = a.text(0, "prefix");
                    return text.value().startsWith(prefix.value()) ? text.slice(prefix.length(), text.length()) : text;
                };
            case "removesuffix" ->
                (budget, a) -> {
                    Text suffix = a.text(0, "suffix");
                    return text.value().endsWith(suffix.value())
                            ? text.slice(0, text.length() - suffix.length())
                            : text;
                };
            case "find" ->
                (budget, a) ->
                        position(text, text.value().indexOf(a.text(0, "sub").value()));
            case "rfind" ->
                (budget, a) ->
                        position(text, text.value().lastIndexOf(a.text(0, "sub").value()));
            case "count" ->
                (budget, a) -> PythonStrings.split(text, a.text(0, "sub"), -1).size() - 1L;
            case "join" -> (budget, a) -> Filters.join(budget, a.required(0, "iterable"), text);
            case "isdigit" -> (budget, a) -> all(text, Character::isDigit);
            case "isalpha" -> (budget, a) -> all(text, Character::isLetter);
            case "isalnum" -> (budget, a) -> all(text, Character::isLetterOrDigit);
            case "isspace" -> (budget, a) -> all(text, PythonStrings::isSpace);
            case "isupper" ->
                (budget, a) -> PythonStrings.upper(text).equals(text)
                        && !PythonStrings.lower(text).equals(text);
            case "islower" ->
                (budget, a) -> PythonStrings.lower(text).equals(text)
                        && !PythonStrings.upper(text).equals(text);
            default -> null;
        };
        if (method == null) {
            return null;
        }
        return (frame, arguments) -> {
            frame.budget().produce(text.length());
            return method.call(frame.budget(), arguments);
        };
    }

    @FunctionalInterface
    private interface TextMethod {
        Object call(Budget budget, Arguments arguments);
    }

    private static Object split(Text text, Arguments arguments, boolean fromEnd) {
        Object separator = arguments.get(0, "sep", Values.NONE);
        long most = Values.integer(arguments.get(1, "maxsplit", -1L));
        if (separator == Values.NONE) {
            if (fromEnd && most >= 0) {
                throw new TemplateException("rsplit at blanks with a limit is not supported");
            }
            return PythonStrings.splitAtBlanks(text, most);
        }
        Text at = arguments.text(0, "sep");
        return fromEnd ? PythonStrings.splitFromEnd(text, at, most) : PythonStrings.split(text, at, most);
    }

    private static boolean any(Object given, Predicate<String> matches) {
        List<Object> choices = given instanceof List ? Values.items(given) : List.of(given);
        return choices.stream().anyMatch(choice -> choice instanceof Text text && matches.test(text.value()));
    }

    private static boolean all(Text text, IntPredicate matches) {
        return text.length() > 0 && text.value().codePoints().allMatch(matches);
    }

    private static long position(Text text, int index) {
        return index < 0 ? -1L : text.value().codePointCount(0, index);
    }

    private static @Nullable TemplateFunction ofMapping(Map<Object, Object> map, String name) {
        return switch (name) {
            case "get" ->
                (frame, a) -> map.getOrDefault(Values.key(a.required(0, "key")), a.get(1, "default", Values.NONE));
            case "items" -> (frame, a) -> Filters.pairs(frame.budget(), map);
            case "keys" ->
                (frame, a) -> {
                    frame.budget().produce(map.size());
                    return new ArrayList<>(map.keySet());
                };
            case "values" ->
                (frame, a) -> {
                    frame.budget().produce(map.size());
                    return new ArrayList<>(map.values());
                };
            case "update", "pop", "popitem", "setdefault", "clear" -> changing(name);
            default -> null;
        };
    }

    private static @Nullable TemplateFunction ofList(List<Object> list, String name) {
        return switch (name) {
            case "index" ->
                (frame, a) -> {
                    for (int i = 0; i < list.size(); i++) {
                        if (Values.equal(frame.budget(), list.get(i), a.required(0, "value"))) {
                            return (long) i;
                        }
                    }
                    throw new TemplateException("index: the value is not in the list");
                };
            case "count" ->
                (frame, a) -> list.stream()
                        .filter(item -> Values.equal(frame.budget(), item, a.required(0, "value")))
                        .count();
            case "append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse" -> changing(name);
            default -> null;
        };
    }

    /** As in the sandbox that templates are written for. */
    private static TemplateFunction changing(String name) {
        return (frame, a) -> {
            throw new TemplateException("'" + name + "' would change its object, which templates may not");
        };
    }
}
