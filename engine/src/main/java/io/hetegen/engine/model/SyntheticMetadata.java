package io.hetegen.engine.model;

import io.hetegen.engine.format.ModelMetadata;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** The keys that a configuration would be read from; there are no arrays among them. */
record SyntheticMetadata(Map<String, String> strings, Map<String, Long> integers, Map<String, Double> floats)
        implements ModelMetadata {

    static SyntheticMetadata of(ModelConfig config, String name) {
        String prefix = config.architecture() + ".";
        Map<String, Long> integers = new LinkedHashMap<>();
        integers.put(prefix + "block_count", (long) config.numLayers());
        integers.put(prefix + "embedding_length", (long) config.hiddenSize());
        integers.put(prefix + "feed_forward_length", (long) config.intermediateSize());
        integers.put(prefix + "attention.head_count", (long) config.numHeads());
        integers.put(prefix + "attention.head_count_kv", (long) config.numKeyValueHeads());
        integers.put(prefix + "attention.key_length", (long) config.headDim());
        integers.put(prefix + "attention.value_length", (long) config.headDim());
        integers.put(prefix + "context_length", (long) config.contextLength());
        return new SyntheticMetadata(
                Map.of("general.architecture", config.architecture(), "general.name", name),
                integers,
                Map.of(
                        prefix + config.family().norm().epsilonKey(),
                        (double) config.normEps(),
                        prefix + "rope.freq_base",
                        config.rope().theta()));
    }

    @Override
    public Optional<String> string(String key) {
        return Optional.ofNullable(strings.get(key));
    }

    @Override
    public OptionalLong integer(String key) {
        Long value = integers.get(key);
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }

    @Override
    public OptionalDouble floating(String key) {
        Double value = floats.get(key);
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    @Override
    public Optional<Boolean> bool(String key) {
        return Optional.empty();
    }

    @Override
    public Optional<List<String>> strings(String key) {
        return Optional.empty();
    }

    @Override
    public Optional<int[]> integers(String key) {
        return Optional.empty();
    }

    @Override
    public Optional<float[]> floats(String key) {
        return Optional.empty();
    }

    @Override
    public boolean isArray(String key) {
        return false;
    }

    @Override
    public List<String> keys() {
        return Stream.of(strings, integers, floats)
                .flatMap(map -> map.keySet().stream())
                .toList();
    }
}
