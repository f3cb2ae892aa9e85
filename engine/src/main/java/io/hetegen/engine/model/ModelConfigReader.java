package io.hetegen.engine.model;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelMetadata;
import io.hetegen.engine.format.Quoted;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.model.ModelConfig.RopeConfig;
import java.util.Optional;

/**
 * Reads the hyperparameters of a model file, with llama.cpp's defaults, and checks that the tensors are those the
 * hyperparameters ask for. What would change the arithmetic and is not supported is refused, never ignored.
 */
public final class ModelConfigReader {

    private static final double DEFAULT_ROPE_THETA = 10_000;

    private final ModelFile file;
    private final Hyperparameters parameters;
    private final Family family;

    private ModelConfigReader(ModelFile file, Family family) {
        this.file = file;
        this.family = family;
        this.parameters = new Hyperparameters(file, family.architecture());
    }

    /** @throws ModelException naming file and key or tensor */
    public static ModelConfig read(ModelFile file) {
        // A file with nothing but a vocabulary is a tokenizer's, and a good one.
        if (file.tensors().isEmpty()) {
            throw new ModelException(file.path() + ": the file holds no tensors: it can tokenize, not generate");
        }
        String architecture = file.metadata()
                .string("general.architecture")
                .orElseThrow(() -> new ModelException(file.path() + ": key 'general.architecture' is missing"));
        Family family = Family.of(architecture)
                .orElseThrow(() -> new ModelException(file.path() + ": architecture " + Quoted.of(architecture)
                        + " is not supported: supported are " + Family.supported()));
        ModelConfigReader reader = new ModelConfigReader(file, family);
        new UnsupportedFeatures(file, reader.parameters).refuse();
        ModelConfig config = reader.config();
        new TensorCheck(file, config).run();
        return config;
    }

    private ModelConfig config() {
        int numLayers = numLayers();
        int hiddenSize = parameters.size("embedding_length");
        int numHeads = parameters.layerSize("attention.head_count", numLayers);
        int numKeyValueHeads = parameters
                .optionalLayerSize("attention.head_count_kv", numLayers)
                .orElse(numHeads);
        if (numHeads % numKeyValueHeads != 0) {
            throw parameters.failure(
                    "attention.head_count_kv", "must divide the " + numHeads + " heads, is " + numKeyValueHeads);
        }
        int headDim = headDim(hiddenSize, numHeads);
        return new ModelConfig(
                family,
                numLayers,
                hiddenSize,
                parameters.layerSize("feed_forward_length", numLayers),
                numHeads,
                numKeyValueHeads,
                headDim,
                vocabularySize(),
                parameters.size("context_length"),
                (float) parameters.positive(family.norm().epsilonKey()),
                rope(headDim),
                !file.tensors().containsKey(TensorNames.OUTPUT));
    }

    /** Bounded by the tensors that are there, so that no later loop runs over layers that are not. */
    private int numLayers() {
        int numLayers = parameters.size("block_count");
        int most = file.tensors().size() / TensorLayout.tensorsPerLayer(family);
        if (numLayers > most) {
            throw parameters.failure(
                    "block_count",
                    "is " + numLayers + ", but the file's " + file.tensors().size() + " tensors are enough for only "
                            + most + " layers");
        }
        return numLayers;
    }

    private int headDim(int hiddenSize, int numHeads) {
        int headDim = parameters.optionalSize("attention.key_length").orElseGet(() -> {
            if (hiddenSize % numHeads != 0) {
                throw parameters.failure(
                        "attention.head_count", "must divide the embedding length " + hiddenSize + ", is " + numHeads);
            }
            return hiddenSize / numHeads;
        });
        int valueLength = parameters.optionalSize("attention.value_length").orElse(headDim);
        if (valueLength != headDim) {
            throw parameters.failure(
                    "attention.value_length", "must equal the key length " + headDim + ", is " + valueLength);
        }
        if (headDim % 2 != 0) {
            throw parameters.failure("attention.key_length", "(the head's width) must be even, is " + headDim);
        }
        if ((long) numHeads * headDim > Integer.MAX_VALUE) {
            throw parameters.failure(
                    "attention.head_count", "is " + numHeads + " heads of width " + headDim + ", which is too much");
        }
        return headDim;
    }

    private RopeConfig rope(int headDim) {
        if (!family.isRotary()) {
            return RopeConfig.NONE;
        }
        int dimensions = parameters.optionalSize("rope.dimension_count").orElse(headDim);
        if (dimensions % 2 != 0 || dimensions > headDim) {
            throw parameters.failure(
                    "rope.dimension_count",
                    "must be even and at most the head's width " + headDim + ", is " + dimensions);
        }
        double theta = parameters.optionalPositive("rope.freq_base").orElse(DEFAULT_ROPE_THETA);
        return new RopeConfig(theta, dimensions, linearFactor());
    }

    private double linearFactor() {
        String type =
                file.metadata().string(parameters.key("rope.scaling.type")).orElse("linear");
        return switch (type) {
            case "none" -> 1;
            case "linear" ->
                // Early files have the second key.
                parameters
                        .optionalPositive("rope.scaling.factor")
                        .orElseGet(() ->
                                parameters.optionalPositive("rope.scale_linear").orElse(1));
            default ->
                throw parameters.failure(
                        "rope.scaling.type", "is " + Quoted.of(type) + ", which is not supported: none and linear are");
        };
    }

    private int vocabularySize() {
        TensorInfo embedding = file.tensor(TensorNames.TOKEN_EMBEDDING);
        ModelMetadata metadata = file.metadata();
        Optional<Integer> tokens = metadata.strings("tokenizer.ggml.tokens").map(list -> list.size());
        if (tokens.isPresent() && tokens.get() != embedding.rows()) {
            throw new ModelException(file.path() + ": key 'tokenizer.ggml.tokens' has " + tokens.get()
                    + " tokens, the embedding has " + embedding.rows() + " rows");
        }
        int declared = parameters.optionalSize("vocab_size").orElseGet(() ->
                (int) Math.min(embedding.rows(), Integer.MAX_VALUE));
        if (declared != embedding.rows()) {
            throw parameters.failure(
                    "vocab_size", "is " + declared + ", the embedding has " + embedding.rows() + " rows");
        }
        return declared;
    }
}
