package io.hetegen.engine.tokenizer;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelMetadata;
import io.hetegen.engine.format.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** A model file that is nothing but metadata; numbers are Long and Double, arrays List, int[] and float[]. */
public record FakeModelFile(String name, Map<String, Object> values) implements ModelFile, ModelMetadata {

    @Override
    public Path path() {
        return Path.of(name);
    }

    @Override
    public ModelMetadata metadata() {
        return this;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Map.of();
    }

    @Override
    public void read(TensorInfo tensor, long offset, ByteBuffer target) {
        throw new AssertionError("there are no tensors");
    }

    @Override
    public void close() {}

    @Override
    public Optional<String> string(String key) {
        return value(key, String.class);
    }

    @Override
    public OptionalLong integer(String key) {
        return value(key, Long.class).map(OptionalLong::of).orElseGet(OptionalLong::empty);
    }

    @Override
    public OptionalDouble floating(String key) {
        return value(key, Double.class).map(OptionalDouble::of).orElseGet(OptionalDouble::empty);
    }

    @Override
    public Optional<Boolean> bool(String key) {
        return value(key, Boolean.class);
    }

    @Override
    @SuppressWarnings("unchecked")
    public Optional<List<String>> strings(String key) {
        return value(key, List.class).map(list -> (List<String>) list);
    }

    @Override
    public Optional<int[]> integers(String key) {
        return value(key, int[].class);
    }

    @Override
    public Optional<float[]> floats(String key) {
        return value(key, float[].class);
    }

    @Override
    public boolean isArray(String key) {
        return values.get(key) instanceof List
                || values.get(key) instanceof int[]
                || values.get(key) instanceof float[];
    }

    @Override
    public List<String> keys() {
        return List.copyOf(values.keySet());
    }

    private <T> Optional<T> value(String key, Class<T> type) {
        Object value = values.get(key);
        if (value != null && !type.isInstance(value)) {
            throw new ModelException(name + ": " + key + ": expected " + type.getSimpleName());
        }
        return Optional.ofNullable(type.cast(value));
    }
}
