package io.hetegen.engine.model;

import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.model.TensorNames.Layer;
import io.hetegen.engine.plan.GroupKind;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.plan.PlannedLinear;
import io.hetegen.engine.profile.LinearShape;
import java.util.ArrayList;
import java.util.List;

/** What the planner has to know of a model, from a file's header. */
public final class ModelShapeReader {

    private final ModelFile file;
    private final ModelConfig config;
    private final List<PlannedLinear> linears = new ArrayList<>();

    private ModelShapeReader(ModelFile file, ModelConfig config) {
        this.file = file;
        this.config = config;
    }

    /** @param config as {@link ModelConfigReader} read it from this file */
    public static ModelShape read(ModelFile file, ModelConfig config) {
        return new ModelShapeReader(file, config).shape();
    }

    private ModelShape shape() {
        for (int layer = 0; layer < config.numLayers(); layer++) {
            add(layer, GroupKind.QUERY_KEY_VALUE, Layer.ATTENTION_QUERY, Layer.ATTENTION_KEY, Layer.ATTENTION_VALUE);
            add(layer, GroupKind.ATTENTION_OUTPUT, Layer.ATTENTION_OUTPUT);
            add(layer, GroupKind.MLP_EXPANSION, Layer.MLP_GATE, Layer.MLP_UP);
            add(layer, GroupKind.MLP_DOWN, Layer.MLP_DOWN);
        }
        String output = config.tiedEmbedding() ? TensorNames.TOKEN_EMBEDDING : TensorNames.OUTPUT;
        add("output", output, config.numLayers(), GroupKind.OUTPUT);
        return new ModelShape(
                file.metadata()
                        .string("general.name")
                        .orElseGet(() -> String.valueOf(file.path().getFileName())),
                config.numLayers(),
                config.hiddenSize(),
                config.querySize(),
                config.numKeyValueHeads(),
                config.headDim(),
                config.intermediateSize(),
                config.family().mlp() == Family.MlpKind.SWIGLU,
                config.vocabularySize(),
                tableBytes(),
                linears);
    }

    private long tableBytes() {
        long bytes =
                config.tiedEmbedding() ? 0 : shape(TensorNames.TOKEN_EMBEDDING).bytes();
        return config.family().isRotary()
                ? bytes
                : bytes + shape(TensorNames.POSITION_EMBEDDING).bytes();
    }

    private void add(int layer, GroupKind group, Layer... parts) {
        for (Layer part : parts) {
            if (part.isIn(config.family())) {
                String name = part.of(layer);
                add(name, TensorNames.weight(name), layer, group);
            }
        }
    }

    private void add(String name, String tensorName, int layer, GroupKind group) {
        linears.add(new PlannedLinear(name, layer, group, shape(tensorName)));
    }

    private LinearShape shape(String tensorName) {
        TensorInfo tensor = file.tensor(tensorName);
        return new LinearShape(tensor.dtype(), Math.toIntExact(tensor.rows()), Math.toIntExact(tensor.columns()));
    }
}
