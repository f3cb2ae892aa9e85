package io.hetegen.engine.model;

import io.hetegen.engine.model.TensorNames.Layer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The tensors that a model has to have, by name.
 *
 * @param rows of a matrix, 1 for a vector
 * @param isVector a norm or a bias, always F32
 */
record TensorLayout(long rows, long columns, boolean isVector) {

    static Map<String, TensorLayout> of(ModelConfig config) {
        Map<String, TensorLayout> tensors = new LinkedHashMap<>();
        long hidden = config.hiddenSize();
        TensorLayout vocabulary = matrix(config.vocabularySize(), hidden);
        tensors.put(TensorNames.TOKEN_EMBEDDING, vocabulary);
        if (!config.family().isRotary()) {
            tensors.put(TensorNames.POSITION_EMBEDDING, matrix(config.learnedPositions(), hidden));
        }
        for (int layer = 0; layer < config.numLayers(); layer++) {
            for (Layer part : Layer.values()) {
                if (part.isIn(config.family())) {
                    TensorLayout weight = of(part, config);
                    tensors.put(TensorNames.weight(part.of(layer)), weight);
                    if (part.hasBias(config.family())) {
                        long outputs = weight.isVector ? weight.columns : weight.rows;
                        tensors.put(TensorNames.bias(part.of(layer)), vector(outputs));
                    }
                }
            }
        }
        tensors.put(TensorNames.weight(TensorNames.OUTPUT_NORM), vector(hidden));
        if (config.family().norm() == Family.NormKind.LAYER) {
            tensors.put(TensorNames.bias(TensorNames.OUTPUT_NORM), vector(hidden));
        }
        if (!config.tiedEmbedding()) {
            tensors.put(TensorNames.OUTPUT, vocabulary);
        }
        return tensors;
    }

    /** The number of tensors that each layer of a family has. */
    static int tensorsPerLayer(Family family) {
        int tensors = 0;
        for (Layer part : Layer.values()) {
            if (part.isIn(family)) {
                tensors += part.hasBias(family) ? 2 : 1;
            }
        }
        return tensors;
    }

    private static TensorLayout of(Layer part, ModelConfig config) {
        long hidden = config.hiddenSize();
        return switch (part) {
            case ATTENTION_NORM, MLP_NORM -> vector(hidden);
            case QUERY_NORM, KEY_NORM -> vector(config.headDim());
            case ATTENTION_QUERY -> matrix(config.querySize(), hidden);
            case ATTENTION_KEY, ATTENTION_VALUE -> matrix(config.keyValueSize(), hidden);
            case ATTENTION_OUTPUT -> matrix(hidden, config.querySize());
            case MLP_GATE, MLP_UP -> matrix(config.intermediateSize(), hidden);
            case MLP_DOWN -> matrix(hidden, config.intermediateSize());
        };
    }

    private static TensorLayout matrix(long rows, long columns) {
        return new TensorLayout(rows, columns, false);
    }

    private static TensorLayout vector(long length) {
        return new TensorLayout(1, length, true);
    }
}
