package io.hetegen.engine.profile;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hetegen.engine.format.Quoted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An object of a JSON file that this project writes, read as hostile input: bounded in size and depth, every field with
 * its exact type and range. Fields that nobody asked for are refused by {@link #end}, because a typing error would
 * otherwise silently be a default.
 */
public final class JsonObject {

    /** A plan of 200 layers takes 2 MB. */
    private static final long MOST_BYTES = 64L << 20;

    private static final int MOST_DEPTH = 16;

    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MOST_DEPTH)
                            .maxNumberLength(64)
                            .maxNameLength(256)
                            .maxStringLength(4096)
                            .build())
                    .build())
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final String place;
    private final JsonNode node;
    private final Set<String> asked = new HashSet<>();

    private JsonObject(String place, JsonNode node) {
        this.place = place;
        this.node = node;
    }

    /** @throws InvalidFileException if the file is not one JSON object */
    public static JsonObject read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new InvalidFileException(file + ": is a folder, a JSON file is expected");
        }
        if (Files.size(file) > MOST_BYTES) {
            throw new InvalidFileException(
                    file + ": has " + Files.size(file) + " bytes, at most " + MOST_BYTES + " are read");
        }
        return parse(Files.readAllBytes(file), file.toString());
    }

    /** @param source what messages call it */
    public static JsonObject parse(byte[] json, String source) {
        JsonNode node;
        try {
            node = MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            String where =
                    e.getLocation() == null ? "" : " at line " + e.getLocation().getLineNr();
            throw new InvalidFileException(
                    source + ": is not well-formed JSON" + where + ": " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new AssertionError("an array is read without input or output", e);
        }
        if (node == null || !node.isObject()) {
            throw new InvalidFileException(source + ": must be one JSON object");
        }
        return new JsonObject(source + ": ", node);
    }

    public JsonObject object(String name) {
        return optionalObject(name).orElseThrow(() -> failure(name, "is missing, an object is needed"));
    }

    public Optional<JsonObject> optionalObject(String name) {
        return field(name).map(value -> {
            if (!value.isObject()) {
                throw failure(name, "must be an object, is " + shown(value));
            }
            return new JsonObject(place + name + ".", value);
        });
    }

    /** An array of objects. */
    public List<JsonObject> objects(String name) {
        JsonNode array = array(name);
        List<JsonObject> objects = new ArrayList<>(array.size());
        for (int i = 0; i < array.size(); i++) {
            String element = name + "[" + i + "]";
            if (!array.get(i).isObject()) {
                throw failure(element, "must be an object, is " + shown(array.get(i)));
            }
            objects.add(new JsonObject(place + element + ".", array.get(i)));
        }
        return objects;
    }

    /** An array of numbers that are not negative. */
    public double[] numbers(String name) {
        JsonNode array = array(name);
        double[] numbers = new double[array.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = nonNegative(name + "[" + i + "]", array.get(i));
        }
        return numbers;
    }

    /** An array of strings. */
    public List<String> texts(String name) {
        JsonNode array = array(name);
        List<String> texts = new ArrayList<>(array.size());
        for (JsonNode element : array) {
            if (!element.isTextual()) {
                throw failure(name, "must hold strings only, has " + shown(element));
            }
            texts.add(element.textValue());
        }
        return texts;
    }

    public String text(String name) {
        JsonNode value = required(name, "a string");
        if (!value.isTextual()) {
            throw failure(name, "must be a string, is " + shown(value));
        }
        return value.textValue();
    }

    public boolean flag(String name) {
        JsonNode value = required(name, "true or false");
        if (!value.isBoolean()) {
            throw failure(name, "must be true or false, is " + shown(value));
        }
        return value.booleanValue();
    }

    public <E extends Enum<E>> E constant(String name, Class<E> type) {
        String text = text(name);
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equals(text)) {
                return constant;
            }
        }
        throw failure(name, "must be one of " + List.of(type.getEnumConstants()) + ", is " + Quoted.of(text));
    }

    public int integer(String name, int least) {
        return (int) longInteger(name, least, Integer.MAX_VALUE);
    }

    public long longInteger(String name, long least, long most) {
        JsonNode value = required(name, "an integer");
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < least
                || value.longValue() > most) {
            throw failure(name, "must be an integer from " + least + " to " + most + ", is " + shown(value));
        }
        return value.longValue();
    }

    public double positive(String name) {
        double value = nonNegative(name);
        if (value == 0) {
            throw failure(name, "must be above 0");
        }
        return value;
    }

    public double nonNegative(String name) {
        return nonNegative(name, required(name, "a number"));
    }

    /** Whether the field is there and not null; the field counts as asked for. */
    public boolean has(String name) {
        return field(name).isPresent();
    }

    /** @throws InvalidFileException if there is a field that was not asked for */
    public void end() {
        for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!asked.contains(name)) {
                throw new InvalidFileException(place + "there is no field " + Quoted.of(name) + ", known are "
                        + asked.stream().sorted().toList());
            }
        }
    }

    public InvalidFileException failure(String name, String message) {
        return new InvalidFileException(place + name + " " + message);
    }

    private double nonNegative(String name, JsonNode value) {
        if (!value.isNumber() || !(value.doubleValue() >= 0 && value.doubleValue() < Double.POSITIVE_INFINITY)) {
            throw failure(name, "must be a number that is not negative, is " + shown(value));
        }
        return value.doubleValue();
    }

    private JsonNode array(String name) {
        JsonNode value = required(name, "an array");
        if (!value.isArray()) {
            throw failure(name, "must be an array, is " + shown(value));
        }
        return value;
    }

    private JsonNode required(String name, String expected) {
        return field(name).orElseThrow(() -> failure(name, "is missing, " + expected + " is needed"));
    }

    private Optional<JsonNode> field(String name) {
        asked.add(name);
        return Optional.ofNullable(node.get(name)).filter(value -> !value.isNull());
    }

    private static String shown(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> "an array";
            case STRING, NUMBER -> Quoted.of(value.asText());
            case BOOLEAN, NULL -> value.asText();
            case MISSING, BINARY, POJO -> "nothing";
        };
    }
}
