package io.hetegen.engine.model;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.Quoted;
import io.hetegen.engine.model.TensorNames.Layer;
import io.hetegen.engine.tensor.DType;
import java.util.Arrays;
import java.util.Locale;

/** Which type each matrix of a synthetic model has: one for all, or a mixture of llama.cpp's quantizer. */
sealed interface SyntheticTypes {

    /** As the quantizer's {@code Q4_K_M}: six bits where an error costs most. */
    String MEDIUM = "Q4_K_M";

    /** Of a matrix. */
    DType of(String tensor, ModelConfig config);

    /** @throws ModelException naming what there is */
    static SyntheticTypes parse(String name) {
        String type = name.toUpperCase(Locale.ROOT);
        if (type.equals(MEDIUM)) {
            return new Medium();
        }
        return Arrays.stream(DType.values())
                .filter(dtype -> dtype.name().equals(type))
                .findFirst()
                .map(Uniform::new)
                .orElseThrow(() -> new ModelException("there is no weight type " + Quoted.of(name) + ": there are "
                        + Arrays.toString(DType.values()) + " and " + MEDIUM));
    }

    /** The table of positions stays F32, as the quantizer leaves it. */
    record Uniform(DType dtype) implements SyntheticTypes {
        @Override
        public DType of(String tensor, ModelConfig config) {
            return tensor.equals(TensorNames.POSITION_EMBEDDING) ? DType.F32 : dtype;
        }
    }

    /** The output matrix, and values and down projections of the outer and every third inner layer. */
    record Medium() implements SyntheticTypes {
        @Override
        public DType of(String tensor, ModelConfig config) {
            if (tensor.equals(TensorNames.POSITION_EMBEDDING)) {
                return DType.F32;
            }
            String output = config.tiedEmbedding() ? TensorNames.TOKEN_EMBEDDING : TensorNames.OUTPUT;
            return tensor.equals(output) || isFine(tensor, config.numLayers()) ? DType.Q6_K : DType.Q4_K;
        }

        private static boolean isFine(String tensor, int layers) {
            for (int layer = 0; layer < layers; layer++) {
                boolean counts = layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
                if (counts
                        && (tensor.equals(TensorNames.weight(Layer.ATTENTION_VALUE.of(layer)))
                                || tensor.equals(TensorNames.weight(Layer.MLP_DOWN.of(layer))))) {
                    return true;
                }
            }
            return false;
        }
    }
}
