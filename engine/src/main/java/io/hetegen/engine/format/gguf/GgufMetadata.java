package io.hetegen.engine.format.gguf;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelMetadata;
import io.hetegen.engine.format.Quoted;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** The metadata of a GGUF file: integers of any width are one kind, floats of both widths are one kind. */
final class GgufMetadata implements ModelMetadata {

    private final Path path;
    private final Map<String, GgufValue> values;

    GgufMetadata(Path path, Map<String, GgufValue> values) {
        this.path = path;
        this.values = values;
    }

    @Override
    public Optional<String> string(String key) {
        return value(key, String.class, "a string");
    }

    @Override
    public OptionalLong integer(String key) {
        Optional<Long> value = value(key, Long.class, "an integer of at most 2^63 - 1");
        return value.isPresent() ? OptionalLong.of(value.get()) : OptionalLong.empty();
    }

    @Override
    public OptionalDouble floating(String key) {
        Optional<Double> value = value(key, Double.class, "a float");
        return value.isPresent() ? OptionalDouble.of(value.get()) : OptionalDouble.empty();
    }

    @Override
    public Optional<Boolean> bool(String key) {
        return value(key, Boolean.class, "a bool");
    }

    @Override
    public Optional<List<String>> strings(String key) {
        return value(key, GgufValue.Strings.class, "an array of strings").map(GgufValue.Strings::values);
    }

    @Override
    public Optional<int[]> integers(String key) {
        String expected = "an array of integers";
        return value(key, GgufValue.Numbers.class, expected).map(numbers -> integers(key, numbers, expected));
    }

    @Override
    public Optional<float[]> floats(String key) {
        String expected = "an array of floats";
        return value(key, GgufValue.Numbers.class, expected).map(numbers -> floats(key, numbers, expected));
    }

    @Override
    public boolean isArray(String key) {
        GgufValue value = values.get(key);
        return value != null
                && (value.value() instanceof GgufValue.Strings || value.value() instanceof GgufValue.Numbers);
    }

    @Override
    public List<String> keys() {
        return List.copyOf(values.keySet());
    }

    private <T> Optional<T> value(String key, Class<T> kind, String expected) {
        GgufValue value = values.get(key);
        if (value == null) {
            return Optional.empty();
        }
        if (!kind.isInstance(value.value())) {
            throw wrongType(key, expected, value.type());
        }
        return Optional.of(kind.cast(value.value()));
    }

    private int[] integers(String key, GgufValue.Numbers numbers, String expected) {
        GgufValueType type = numbers.elementType();
        if (!type.isInteger()) {
            throw wrongType(key, expected, "array of " + type);
        }
        ByteBuffer bytes = littleEndian(numbers);
        int[] integers = new int[bytes.remaining() / type.leastBytes()];
        for (int i = 0; i < integers.length; i++) {
            long value = switch (type) {
                case UINT8 -> Byte.toUnsignedInt(bytes.get());
                case INT8 -> bytes.get();
                case UINT16 -> Short.toUnsignedInt(bytes.getShort());
                case INT16 -> bytes.getShort();
                case UINT32 -> Integer.toUnsignedLong(bytes.getInt());
                case INT32 -> bytes.getInt();
                default -> bytes.getLong();
            };
            if (value != (int) value || (type == GgufValueType.UINT64 && value < 0)) {
                throw new ModelException(path + ": key " + Quoted.of(key) + ": element " + i + " must fit 32 bits, got "
                        + (type == GgufValueType.UINT64 ? Long.toUnsignedString(value) : value));
            }
            integers[i] = (int) value;
        }
        return integers;
    }

    private float[] floats(String key, GgufValue.Numbers numbers, String expected) {
        GgufValueType type = numbers.elementType();
        if (type != GgufValueType.FLOAT32 && type != GgufValueType.FLOAT64) {
            throw wrongType(key, expected, "array of " + type);
        }
        ByteBuffer bytes = littleEndian(numbers);
        float[] floats = new float[bytes.remaining() / type.leastBytes()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = type == GgufValueType.FLOAT32 ? bytes.getFloat() : (float) bytes.getDouble();
        }
        return floats;
    }

    private static ByteBuffer littleEndian(GgufValue.Numbers numbers) {
        return ByteBuffer.wrap(numbers.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    private ModelException wrongType(String key, String expected, String actual) {
        return new ModelException(
                path + ": key " + Quoted.of(key) + ": " + expected + " was expected, the file has " + actual);
    }
}
