package io.hetegen.engine.model;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelMetadata;
import io.hetegen.engine.format.Quoted;
import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Typed and bounded access to the keys {@code <architecture>.*} of a model file. */
final class Hyperparameters {

    private final ModelFile file;
    private final ModelMetadata metadata;
    private final String architecture;

    Hyperparameters(ModelFile file, String architecture) {
        this.file = file;
        this.metadata = file.metadata();
        this.architecture = architecture;
    }

    /** A size that must be there. */
    int size(String name) {
        return optionalSize(name).orElseThrow(() -> failure(name, "is missing"));
    }

    OptionalInt optionalSize(String name) {
        OptionalLong value = metadata.integer(key(name));
        return value.isPresent() ? OptionalInt.of(checkedSize(name, value.getAsLong())) : OptionalInt.empty();
    }

    /** A size that the file may give once or for each layer; layers of different sizes are refused. */
    OptionalInt optionalLayerSize(String name, int numLayers) {
        if (!metadata.isArray(key(name))) {
            return optionalSize(name);
        }
        int[] sizes = metadata.integers(key(name)).orElseThrow();
        if (sizes.length != numLayers) {
            throw failure(name, "must have one element for each of " + numLayers + " layers, has " + sizes.length);
        }
        int[] different = Arrays.stream(sizes).distinct().limit(2).toArray();
        if (different.length > 1) {
            throw failure(
                    name,
                    "differs between layers (" + different[0] + ", " + different[1] + "), which is not supported");
        }
        return OptionalInt.of(checkedSize(name, different[0]));
    }

    int layerSize(String name, int numLayers) {
        return optionalLayerSize(name, numLayers).orElseThrow(() -> failure(name, "is missing"));
    }

    /** A float that must be there, positive and finite in 32 bits. */
    double positive(String name) {
        return optionalPositive(name).orElseThrow(() -> failure(name, "is missing"));
    }

    OptionalDouble optionalPositive(String name) {
        OptionalDouble value = metadata.floating(key(name));
        if (value.isPresent()) {
            float rounded = (float) value.getAsDouble();
            if (!(rounded > 0 && rounded < Float.POSITIVE_INFINITY)) {
                throw failure(name, "must be positive and finite as a 32-bit float, is " + value.getAsDouble());
            }
        }
        return value;
    }

    ModelException failure(String name, String message) {
        return new ModelException(file.path() + ": key " + Quoted.of(key(name)) + " " + message);
    }

    String key(String name) {
        return architecture + "." + name;
    }

    private int checkedSize(String name, long size) {
        if (size < 1 || size > Integer.MAX_VALUE) {
            throw failure(name, "must be from 1 to " + Integer.MAX_VALUE + ", is " + size);
        }
        return (int) size;
    }
}
