package io.hetegen.engine.model;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.Quoted;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/** Holds the tensors of a file against a configuration: all there, of the right shape and type, and none besides. */
final class TensorCheck {

    private final ModelFile file;
    private final ModelConfig config;

    TensorCheck(ModelFile file, ModelConfig config) {
        this.file = file;
        this.config = config;
    }

    /** @throws ModelException naming the tensor */
    void run() {
        Map<String, TensorLayout> expected = TensorLayout.of(config);
        expected.forEach(this::check);
        boolean hasFrequencies = config.family().isRotary() && file.tensors().containsKey(TensorNames.ROPE_FREQUENCIES);
        if (hasFrequencies) {
            ropeFrequencies();
        }
        for (String name : file.tensors().keySet()) {
            if (!expected.containsKey(name) && !(hasFrequencies && name.equals(TensorNames.ROPE_FREQUENCIES))) {
                throw failure(
                        name,
                        "is not part of the " + config.architecture() + " models that are supported (no experts, "
                                + config.numLayers() + " layers)");
            }
        }
    }

    private void ropeFrequencies() {
        String name = TensorNames.ROPE_FREQUENCIES;
        int length = config.rope().dimensions() / 2;
        TensorInfo tensor = check(name, new TensorLayout(1, length, true));
        ByteBuffer bytes = ByteBuffer.allocate(length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        file.read(tensor, 0, bytes);
        bytes.flip();
        for (int i = 0; i < length; i++) {
            float factor = bytes.getFloat();
            if (!(factor > 0 && factor < Float.POSITIVE_INFINITY)) {
                throw failure(name, "must hold positive, finite factors, element " + i + " is " + factor);
            }
        }
    }

    private TensorInfo check(String name, TensorLayout layout) {
        TensorInfo tensor = file.tensor(name);
        if (tensor.rows() != layout.rows() || tensor.columns() != layout.columns()) {
            throw failure(
                    name,
                    "must have " + layout.rows() + " rows of " + layout.columns() + ", has " + tensor.rows()
                            + " rows of " + tensor.columns());
        }
        if (layout.isVector() && tensor.dtype() != DType.F32) {
            throw failure(name, "must be of type F32, is " + tensor.dtype());
        }
        return tensor;
    }

    private ModelException failure(String name, String message) {
        return new ModelException(file.path() + ": tensor " + Quoted.of(name) + " " + message);
    }
}
