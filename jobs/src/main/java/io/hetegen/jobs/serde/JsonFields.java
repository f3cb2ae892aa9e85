package io.hetegen.jobs.serde;

import com.fasterxml.jackson.databind.JsonNode;
import io.hetegen.operator.UndecodableRecordException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The fields of one JSON object, read with their exact types; null counts as absent. Every refusal is an
 * {@link UndecodableRecordException} with the field's name, what is expected and what came.
 */
final class JsonFields {

    private final JsonNode object;

    private JsonFields(JsonNode object) {
        this.object = object;
    }

    /** The outermost object; may have fields that nobody asks for. */
    static JsonFields of(JsonNode node) {
        if (!node.isObject()) {
            throw mismatch("the record", "a JSON object", node);
        }
        return new JsonFields(node);
    }

    /** An object that may only have fields of {@code known}. */
    static JsonFields of(JsonNode node, String what, Set<String> known) {
        if (!node.isObject()) {
            throw mismatch(what, "an object", node);
        }
        for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.contains(name)) {
                throw new UndecodableRecordException(what + " has an unknown field " + OneLine.quote(name)
                        + "; known are " + known.stream().sorted().toList());
            }
        }
        return new JsonFields(node);
    }

    Optional<JsonFields> object(String name, Set<String> known) {
        return field(name).map(node -> of(node, name, known));
    }

    Optional<String> text(String name) {
        return field(name).map(node -> requireText(node, name));
    }

    String requiredText(String name) {
        return text(name).orElseThrow(() -> new UndecodableRecordException(name + " is missing, a string is needed"));
    }

    /** Reads the elements of an array. */
    <T> Optional<List<T>> list(String name, Function<JsonNode, T> element) {
        return field(name).map(node -> {
            if (!node.isArray()) {
                throw mismatch(name, "an array", node);
            }
            List<T> elements = new ArrayList<>(node.size());
            node.forEach(child -> elements.add(element.apply(child)));
            return elements;
        });
    }

    /** An object whose values are all strings; empty where absent. */
    Map<String, String> texts(String name) {
        Map<String, String> texts = new HashMap<>();
        field(name).ifPresent(node -> {
            if (!node.isObject()) {
                throw mismatch(name, "an object of strings", node);
            }
            node.properties().forEach(entry -> {
                String key = requireWellFormed(entry.getKey(), "a name in " + name);
                texts.put(key, requireText(entry.getValue(), "a value in " + name));
            });
        });
        return texts;
    }

    Optional<Integer> integer(String name) {
        return field(name).map(node -> {
            if (!node.isIntegralNumber() || !node.canConvertToInt()) {
                throw mismatch(name, "an integer of 32 bits", node);
            }
            return node.intValue();
        });
    }

    Optional<Long> longInteger(String name) {
        return field(name).map(node -> {
            if (!node.isIntegralNumber() || !node.canConvertToLong()) {
                throw mismatch(name, "an integer of 64 bits", node);
            }
            return node.longValue();
        });
    }

    Optional<Double> number(String name) {
        return field(name).map(node -> {
            if (!node.isNumber()) {
                throw mismatch(name, "a number", node);
            }
            return node.doubleValue();
        });
    }

    /** A moment in milliseconds since the epoch, as Avro's timestamp-millis. */
    Optional<Instant> instant(String name) {
        return longInteger(name).map(Instant::ofEpochMilli);
    }

    /** A JSON Schema, which is an object or a boolean, as JSON text. */
    Optional<String> schema(String name) {
        return field(name).map(node -> {
            if (!node.isObject() && !node.isBoolean()) {
                throw mismatch(name, "a JSON Schema (an object or a boolean)", node);
            }
            return node.toString();
        });
    }

    static String requireText(JsonNode node) {
        return requireText(node, "an element");
    }

    private static String requireText(JsonNode node, String what) {
        if (!node.isTextual()) {
            throw mismatch(what, "a string", node);
        }
        return requireWellFormed(node.textValue(), what);
    }

    // JSON's escapes can spell half a surrogate pair, which no UTF-8 can carry on.
    private static String requireWellFormed(String text, String what) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new UndecodableRecordException(what + " holds a lone surrogate at character " + i);
            }
        }
        return text;
    }

    private Optional<JsonNode> field(String name) {
        return Optional.ofNullable(object.get(name)).filter(node -> !node.isNull());
    }

    private static UndecodableRecordException mismatch(String what, String expected, JsonNode got) {
        String shown = switch (got.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> "an array";
            case STRING -> "the string " + OneLine.quote(got.textValue());
            case NUMBER -> "the number " + OneLine.quote(got.asText());
            case BOOLEAN, NULL -> got.asText();
            case MISSING, BINARY, POJO -> "nothing";
        };
        return new UndecodableRecordException(what + " must be " + expected + ", got " + shown);
    }
}
