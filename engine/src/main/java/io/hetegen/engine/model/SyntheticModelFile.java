package io.hetegen.engine.model;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelMetadata;
import io.hetegen.engine.format.Quoted;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A model of a known shape without a file, named {@code synthetic:SHAPE:TYPE}: its random weights are made while they
 * are read, the same ones each time. It has the layout and the speed of the real model, no vocabulary and no sense.
 */
public final class SyntheticModelFile implements ModelFile {

    private static final String PREFIX = "synthetic:";

    private final String name;
    private final SyntheticMetadata metadata;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();

    private SyntheticModelFile(String name, ModelConfig config, SyntheticTypes types) {
        this.name = name;
        this.metadata = SyntheticMetadata.of(config, name);
        long offset = 0;
        for (Map.Entry<String, TensorLayout> entry : TensorLayout.of(config).entrySet()) {
            TensorLayout layout = entry.getValue();
            DType type = layout.isVector() ? DType.F32 : types.of(entry.getKey(), config);
            if (layout.columns() % type.blockSize() != 0) {
                throw new ModelException(name + ": rows of " + layout.columns() + " are no multiple of the block of "
                        + type.blockSize() + " that " + type + " has");
            }
            TensorInfo tensor = new TensorInfo(entry.getKey(), type, layout.rows(), layout.columns(), offset);
            offset += tensor.bytes();
            tensors.put(entry.getKey(), tensor);
        }
    }

    /** Whether a model is meant that {@link #of} makes, rather than a file. */
    public static boolean isNameOf(String model) {
        return model.startsWith(PREFIX);
    }

    /**
     * @param name {@code synthetic:SHAPE:TYPE}, for example {@code synthetic:llama-1.1b:q4_0}
     * @throws ModelException naming what there is if there is no such shape or type
     */
    public static SyntheticModelFile of(String name) {
        String[] parts = name.split(":", -1);
        if (!isNameOf(name) || parts.length != 3) {
            throw new ModelException(
                    Quoted.of(name) + " must be synthetic:SHAPE:TYPE, for example synthetic:llama-1.1b:q4_0");
        }
        ModelConfig config = SyntheticShape.of(parts[1])
                .orElseThrow(() -> new ModelException("there is no synthetic shape " + Quoted.of(parts[1])
                        + ": there are " + SyntheticShape.names()));
        return new SyntheticModelFile(name, config, SyntheticTypes.parse(parts[2]));
    }

    @Override
    public Path path() {
        return Path.of(name);
    }

    @Override
    public ModelMetadata metadata() {
        return metadata;
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public void read(TensorInfo tensor, long offset, ByteBuffer target) {
        if (offset + target.remaining() > tensor.bytes()) {
            throw new ModelException(name + ": tensor " + Quoted.of(tensor.name()) + " ends before byte "
                    + (offset + target.remaining()));
        }
        // Linears keep the size of what they get, norms give it the size 1: activations neither grow nor vanish.
        double deviation = tensor.name().endsWith("norm.weight") ? 1 : 1 / Math.sqrt(tensor.columns());
        new SyntheticBlocks(tensor.dtype(), deviation, tensor.name().hashCode()).read(offset, target);
    }

    @Override
    public void close() {}
}
