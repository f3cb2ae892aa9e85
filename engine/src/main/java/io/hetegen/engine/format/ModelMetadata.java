package io.hetegen.engine.format;

import io.hetegen.engine.ModelException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * The key-value part of a model file. A getter fails with a {@link ModelException} that names file, key, expected and
 * actual type where the value has another type.
 */
public interface ModelMetadata {

    Optional<String> string(String key);

    OptionalLong integer(String key);

    OptionalDouble floating(String key);

    Optional<Boolean> bool(String key);

    Optional<List<String>> strings(String key);

    Optional<int[]> integers(String key);

    Optional<float[]> floats(String key);

    /** Whether the key holds an array: some hyperparameters are one number or a number for each layer. */
    boolean isArray(String key);

    List<String> keys();
}
