package io.hetegen.engine.model;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.Quoted;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Set;

/** Holds the tensors of a file against a configuration: all there, of the right shape and type, and none besides. */
final class TensorCheck {

    private final ModelFile file;
    private final ModelConfig config;
    private final Set<String> expected = new HashSet<>();

    TensorCheck(ModelFile file, ModelConfig config) {
        this.file = file;
        this.config = config;
    }

    /** @throws ModelException naming the tensor */
    void run() {
        int hidden = config.hiddenSize();
        matrix(TensorNames.TOKEN_EMBEDDING, config.vocabularySize(), hidden);
        vector(TensorNames.OUTPUT_NORM, hidden);
        if (!config.tiedEmbedding()) {
            matrix(TensorNames.OUTPUT, config.vocabularySize(), hidden);
        }
        for (int layer = 0; layer < config.numLayers(); layer++) {
            for (TensorNames.Layer tensor : TensorNames.Layer.values()) {
                layerTensor(tensor, tensor.of(layer));
            }
        }
        if (file.tensors().containsKey(TensorNames.ROPE_FREQUENCIES)) {
            ropeFrequencies();
        }
        for (String name : file.tensors().keySet()) {
            if (!expected.contains(name)) {
                throw failure(
                        name,
                        "is not part of the " + config.architecture() + " models that are supported"
                                + " (no biases, no experts, " + config.numLayers() + " layers)");
            }
        }
    }

    private void layerTensor(TensorNames.Layer tensor, String name) {
        int hidden = config.hiddenSize();
        switch (tensor) {
            case ATTENTION_NORM, MLP_NORM -> vector(name, hidden);
            case ATTENTION_QUERY -> matrix(name, config.querySize(), hidden);
            case ATTENTION_KEY, ATTENTION_VALUE -> matrix(name, config.keyValueSize(), hidden);
            case ATTENTION_OUTPUT -> matrix(name, hidden, config.querySize());
            case MLP_GATE, MLP_UP -> matrix(name, config.intermediateSize(), hidden);
            case MLP_DOWN -> matrix(name, hidden, config.intermediateSize());
        }
    }

    private void ropeFrequencies() {
        String name = TensorNames.ROPE_FREQUENCIES;
        int length = config.rope().dimensions() / 2;
        TensorInfo tensor = vector(name, length);
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

    private TensorInfo vector(String name, long length) {
        TensorInfo tensor = matrix(name, 1, length);
        if (tensor.dtype() != DType.F32) {
            throw failure(name, "must be of type F32, is " + tensor.dtype());
        }
        return tensor;
    }

    private TensorInfo matrix(String name, long rows, long columns) {
        expected.add(name);
        TensorInfo tensor = file.tensor(name);
        if (tensor.rows() != rows || tensor.columns() != columns) {
            throw failure(
                    name,
                    "must have " + rows + " rows of " + columns + ", has " + tensor.rows() + " rows of "
                            + tensor.columns());
        }
        return tensor;
    }

    private ModelException failure(String name, String message) {
        return new ModelException(file.path() + ": tensor " + Quoted.of(name) + " " + message);
    }
}
