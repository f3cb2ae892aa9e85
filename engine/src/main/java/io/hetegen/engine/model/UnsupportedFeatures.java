package io.hetegen.engine.model;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelMetadata;
import io.hetegen.engine.format.Quoted;
import java.util.Set;

/** Refuses files whose keys ask for arithmetic that the engine does not have. */
final class UnsupportedFeatures {

    /** Floats that are off where they are 0, as in llama.cpp. */
    private static final Set<String> OFF_AT_ZERO =
            Set.of("attention.scale", "attention.clamp_kqv", "attn_logit_softcapping", "final_logit_softcapping");

    /** Factors: 1 changes nothing, and llama.cpp takes 0 for absent. */
    private static final Set<String> FACTORS =
            Set.of("embedding_scale", "residual_scale", "logit_scale", "rope.scaling.attn_factor");

    private final ModelFile file;
    private final ModelMetadata metadata;
    private final Hyperparameters parameters;

    UnsupportedFeatures(ModelFile file, Hyperparameters parameters) {
        this.file = file;
        this.metadata = file.metadata();
        this.parameters = parameters;
    }

    /** @throws ModelException naming the key */
    void refuse() {
        long parts = metadata.integer("split.count").orElse(1);
        if (parts > 1) {
            throw new ModelException(file.path() + ": the model is split into " + parts
                    + " files, which is not read: merge them with 'llama-gguf-split --merge'");
        }
        String type = metadata.string("general.type").orElse("model");
        if (!type.equals("model")) {
            throw new ModelException(file.path() + ": key 'general.type' must be 'model', is " + Quoted.of(type));
        }
        long experts = metadata.integer(parameters.key("expert_count")).orElse(0);
        if (experts != 0) {
            throw parameters.failure("expert_count", "is " + experts + ": mixture-of-experts models are not supported");
        }
        long window =
                metadata.integer(parameters.key("attention.sliding_window")).orElse(0);
        if (window != 0 && window < parameters.size("context_length")) {
            throw parameters.failure(
                    "attention.sliding_window",
                    "is " + window + ": windows below the context length are not supported");
        }
        for (String name : OFF_AT_ZERO) {
            refuseUnless(name, metadata.floating(parameters.key(name)).orElse(0), 0);
        }
        for (String name : FACTORS) {
            refuseUnless(name, metadata.floating(parameters.key(name)).orElse(0), 1);
        }
        if (!metadata.bool(parameters.key("attention.causal")).orElse(true)) {
            throw parameters.failure("attention.causal", "is false: the model does not generate text");
        }
    }

    private void refuseUnless(String name, double value, double neutral) {
        if (value != 0 && value != neutral) {
            throw parameters.failure(name, "is " + value + ", which is not supported");
        }
    }
}
