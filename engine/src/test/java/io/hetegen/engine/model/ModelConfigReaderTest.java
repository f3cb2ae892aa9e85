package io.hetegen.engine.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.format.gguf.GgufBuilder;
import io.hetegen.engine.format.gguf.TinyLlama;
import io.hetegen.engine.model.ModelConfig.RopeConfig;
import io.hetegen.engine.tensor.DType;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelConfigReaderTest {

    private static final float[] TWO_FACTORS = {1, 8};

    @TempDir
    private Path folder;

    @Test
    void readsWithTheDefaultsOfLlamaCpp() {
        assertThat(read(TinyLlama.gguf()))
                .isEqualTo(new ModelConfig(
                        Family.LLAMA, 2, 12, 20, 3, 1, 4, 35, 64, 1e-5f, new RopeConfig(10_000, 4, 1), true));
    }

    @Test
    void readsTheBundledDemoModel() {
        try (ModelFile file = ModelFiles.open(Path.of(System.getProperty("hetegen.demo.model")))) {
            ModelConfig config = ModelConfigReader.read(file);
            assertThat(config.numHeads() * config.headDim()).isEqualTo(config.querySize());
            assertThat(file.tensor(TensorNames.TOKEN_EMBEDDING).rows()).isEqualTo(config.vocabularySize());
        }
    }

    @Test
    void readsWhatTheFileGivesInPlaceOfDefaults() {
        ModelConfig config = read(TinyLlama.gguf()
                .float32("llama.rope.freq_base", 500_000)
                .uint32("llama.rope.dimension_count", 2)
                .string("llama.rope.scaling.type", "linear")
                .float32("llama.rope.scaling.factor", 2.5f)
                .uint32("llama.vocab_size", 35)
                .f32Tensor("output.weight", new float[35 * 12], 12, 35));

        assertThat(config.rope()).isEqualTo(new RopeConfig(500_000, 2, 2.5));
        assertThat(config.tiedEmbedding()).isFalse();
    }

    @Test
    void headsNeedNotFillTheWidthWhereTheirLengthIsGiven() {
        GgufBuilder gguf =
                TinyLlama.gguf().uint32("llama.attention.key_length", 6).uint32("llama.attention.value_length", 6);
        for (int layer = 0; layer < 2; layer++) {
            String block = "blk." + layer + ".";
            gguf.changeTensor(
                            block + "attn_q.weight",
                            q -> q.withDimensions(12, 18).withData(new byte[4 * 12 * 18]))
                    .changeTensor(
                            block + "attn_k.weight",
                            k -> k.withDimensions(12, 6).withData(new byte[4 * 12 * 6]))
                    .changeTensor(
                            block + "attn_v.weight",
                            v -> v.withDimensions(12, 6).withData(new byte[4 * 12 * 6]))
                    .changeTensor(
                            block + "attn_output.weight",
                            o -> o.withDimensions(18, 12).withData(new byte[4 * 12 * 18]));
        }
        ModelConfig config = read(gguf);

        assertThat(config.headDim()).isEqualTo(6);
        assertThat(config.querySize()).isEqualTo(18);
        assertThat(config.keyValueSize()).isEqualTo(6);
        assertThat(config.rope().dimensions()).isEqualTo(6);
    }

    @Test
    void sizesMayComeOncePerLayerIfTheyAreEqual() {
        assertThat(read(TinyLlama.gguf()
                        .int32s("llama.attention.head_count", 3, 3)
                        .int32s("llama.attention.head_count_kv", 1, 1)
                        .int32s("llama.feed_forward_length", 20, 20)))
                .isEqualTo(read(TinyLlama.gguf()));
    }

    @Test
    void everyHeadHasItsOwnKeysWhereTheFileDoesNotSay() {
        assertThatThrownBy(() -> read(TinyLlama.gguf().remove("llama.attention.head_count_kv")))
                .hasMessageContaining("tensor 'blk.0.attn_k.weight' must have 12 rows of 12, has 4 rows of 12");
    }

    @Test
    void noScalingTurnsTheFactorOff() {
        assertThat(read(TinyLlama.gguf()
                                .string("llama.rope.scaling.type", "none")
                                .float32("llama.rope.scaling.factor", 4))
                        .rope()
                        .linearFactor())
                .isEqualTo(1);
        assertThat(read(TinyLlama.gguf().float32("llama.rope.scale_linear", 4))
                        .rope()
                        .linearFactor())
                .isEqualTo(4);
    }

    @Test
    void acceptsKeysThatChangeNothing() {
        assertThat(read(TinyLlama.gguf()
                        .uint32("llama.expert_count", 0)
                        .uint32("llama.attention.sliding_window", 64)
                        .float32("llama.logit_scale", 1)
                        .float32("llama.attention.scale", 0)
                        .bool("llama.attention.causal", true)
                        .uint32("split.count", 1)
                        .string("general.type", "model")
                        .string("llama.anything.else", "x")))
                .isEqualTo(read(TinyLlama.gguf()));
    }

    @Test
    void acceptsRopeFrequencyFactorsAndRefusesBadOnes() {
        assertThat(read(TinyLlama.gguf().f32Tensor("rope_freqs.weight", TWO_FACTORS, 2))
                        .rope()
                        .dimensions())
                .isEqualTo(4);
        for (float bad : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> read(TinyLlama.gguf().f32Tensor("rope_freqs.weight", new float[] {1, bad}, 2)))
                    .isExactlyInstanceOf(ModelException.class)
                    .hasMessageContaining("positive, finite factors, element 1 is " + bad);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "general.architecture",
                "llama.block_count",
                "llama.embedding_length",
                "llama.feed_forward_length",
                "llama.attention.head_count",
                "llama.context_length",
                "llama.attention.layer_norm_rms_epsilon"
            })
    void refusesAMissingKey(String key) {
        refused("key '" + key + "' is missing", TinyLlama.gguf().remove(key));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "output_norm",
                "blk.0.attn_norm",
                "blk.0.attn_q",
                "blk.0.attn_k",
                "blk.1.attn_v",
                "blk.1.attn_output",
                "blk.1.ffn_norm",
                "blk.1.ffn_gate",
                "blk.1.ffn_up",
                "blk.1.ffn_down"
            })
    void refusesATensorThatIsMissingOrOfAnotherShape(String name) {
        String tensor = name + ".weight";
        // The extra tensor keeps the number of tensors: a file with too few is refused for its layers.
        refused(
                "tensor '" + tensor + "' is missing",
                TinyLlama.gguf().removeTensor(tensor).f32Tensor("extra", new float[1], 1));
        refused("tensor '" + tensor + "' must have ", changed(tensor, 11, 12));
        refused("tensor '" + tensor + "' must have ", changed(tensor, 12, 1));
        refused("tensor '" + tensor + "' must have ", changed(tensor, 12, 13));
    }

    private static GgufBuilder changed(String tensor, long columns, long rows) {
        boolean isRight = tensor.contains("norm") && columns == 12 && rows == 1;
        return TinyLlama.gguf()
                .changeTensor(
                        tensor,
                        old -> old.withDimensions(columns, isRight ? 2 : rows)
                                .withData(new byte[4 * (int) columns * (int) Math.max(2, rows)]));
    }

    @Test
    void refusesAFileThatIsOnlyAVocabulary() {
        refused("the file holds no tensors", new GgufBuilder().string("general.architecture", "llama"));
    }

    static Stream<Family> families() {
        return Stream.of(Family.LLAMA, Family.QWEN2, Family.QWEN3, Family.OPT);
    }

    @ParameterizedTest
    @MethodSource("families")
    void everyTensorOfAFamilyMustBeThereAndNoOther(Family family) {
        assertThat(ModelConfigReader.read(RandomModelFile.of(family, DType.F32, 5, 1))
                        .family())
                .isEqualTo(family);
        for (String name : RandomModelFile.of(family, DType.F32, 5, 1).tensors().keySet()) {
            if (name.equals(TensorNames.OUTPUT)) {
                continue; // without it the embedding is the output matrix
            }
            RandomModelFile file = RandomModelFile.of(family, DType.F32, 5, 1);
            file.rename(name, "extra");
            assertThatThrownBy(() -> ModelConfigReader.read(file))
                    .isExactlyInstanceOf(ModelException.class)
                    .hasMessageContaining("tensor '" + name + "' is missing");
        }
        for (Family other : families().toList()) {
            Set<String> foreign = new TreeSet<>(
                    RandomModelFile.of(other, DType.F32, 5, 1).tensors().keySet());
            foreign.removeAll(
                    RandomModelFile.of(family, DType.F32, 5, 1).tensors().keySet());
            foreign.remove(TensorNames.OUTPUT);
            for (String name : foreign) {
                RandomModelFile file = RandomModelFile.of(family, DType.F32, 5, 1);
                file.add(name, 1, 64);
                assertThatThrownBy(() -> ModelConfigReader.read(file))
                        .isExactlyInstanceOf(ModelException.class)
                        .hasMessageContaining("tensor '" + name + "' is not part of the " + family.architecture());
            }
        }
    }

    @Test
    void aTableOfPositionsHasTwoRowsMoreThanTheContext() {
        RandomModelFile file = RandomModelFile.of(Family.OPT, DType.F32, 5, 1);
        file.remove(TensorNames.POSITION_EMBEDDING);
        file.add(TensorNames.POSITION_EMBEDDING, 512, 64);
        assertThatThrownBy(() -> ModelConfigReader.read(file))
                .hasMessageContaining("tensor 'position_embd.weight' must have 514 rows of 64, has 512 rows of 64");
    }

    static Stream<Arguments> refusals() {
        return Stream.of(
                arguments(
                        "architecture 'mamba' is not supported: supported are llama, qwen2, qwen3, opt",
                        tiny().string("general.architecture", "mamba")),
                arguments("architecture 'LLAMA'", tiny().string("general.architecture", "LLAMA")),
                arguments("architecture 'a?[31mb'", tiny().string("general.architecture", "a\u001b[31mb")),
                arguments("'general.architecture': a string was expected", tiny().int32("general.architecture", 1)),
                arguments(
                        "'llama.block_count' must be from 1 to 2147483647, is 0",
                        tiny().uint32("llama.block_count", 0)),
                arguments(
                        "'llama.block_count' is 3, but the file's 20 tensors are enough for only 2 layers",
                        tiny().uint32("llama.block_count", 3)),
                arguments("'llama.block_count' is 2147483647", tiny().uint32("llama.block_count", Integer.MAX_VALUE)),
                arguments("tensor 'blk.1.attn_norm.weight' is not part of", tiny().uint32("llama.block_count", 1)),
                arguments(
                        "'llama.embedding_length' must be from 1 to 2147483647, is 2147483648",
                        tiny().uint32("llama.embedding_length", 1 << 31)),
                arguments(
                        "'llama.embedding_length' must be from 1 to 2147483647, is -12",
                        tiny().int32("llama.embedding_length", -12)),
                arguments("must have 35 rows of 24, has 35 rows of 12", tiny().uint32("llama.embedding_length", 24)),
                arguments(
                        "'llama.attention.head_count' must divide the embedding length 12, is 5",
                        tiny().uint32("llama.attention.head_count", 5)),
                arguments(
                        "'llama.attention.head_count_kv' must divide the 3 heads, is 2",
                        tiny().uint32("llama.attention.head_count_kv", 2)),
                arguments(
                        "'llama.attention.head_count_kv' must divide the 3 heads, is 6",
                        tiny().uint32("llama.attention.head_count_kv", 6)),
                arguments(
                        "'llama.attention.head_count_kv' differs between layers (1, 3)",
                        tiny().int32s("llama.attention.head_count_kv", 1, 3)),
                arguments(
                        "must have one element for each of 2 layers, has 3",
                        tiny().int32s("llama.attention.head_count_kv", 1, 1, 1)),
                arguments(
                        "must have one element for each of 2 layers, has 0",
                        tiny().int32s("llama.attention.head_count_kv")),
                arguments("must be from 1 to 2147483647, is 0", tiny().int32s("llama.attention.head_count_kv", 0, 0)),
                arguments(
                        "'llama.attention.key_length' (the head's width) must be even, is 3",
                        tiny().uint32("llama.attention.key_length", 3)),
                arguments(
                        "(the head's width) must be even, is 1",
                        tiny().uint32("llama.attention.head_count", 12).uint32("llama.attention.head_count_kv", 4)),
                arguments(
                        "'llama.attention.value_length' must equal the key length 4, is 8",
                        tiny().uint32("llama.attention.value_length", 8)),
                arguments(
                        "is 3 heads of width 1073741824, which is too much",
                        tiny().uint32("llama.attention.key_length", 1 << 30)
                                .uint32("llama.attention.value_length", 1 << 30)),
                arguments("'llama.context_length' must be from 1", tiny().uint32("llama.context_length", 0)),
                arguments(
                        "layer_norm_rms_epsilon' must be positive and finite as a 32-bit float, is NaN",
                        tiny().float32("llama.attention.layer_norm_rms_epsilon", Float.NaN)),
                arguments(
                        "layer_norm_rms_epsilon' must be positive and finite as a 32-bit float, is 0.0",
                        tiny().float32("llama.attention.layer_norm_rms_epsilon", 0)),
                arguments(
                        "layer_norm_rms_epsilon' must be positive and finite as a 32-bit float, is 1.0E300",
                        tiny().float64("llama.attention.layer_norm_rms_epsilon", 1e300)),
                arguments(
                        "layer_norm_rms_epsilon' must be positive and finite as a 32-bit float, is 1.0E-300",
                        tiny().float64("llama.attention.layer_norm_rms_epsilon", 1e-300)),
                arguments(
                        "layer_norm_rms_epsilon': a float was expected",
                        tiny().uint32("llama.attention.layer_norm_rms_epsilon", 1)),
                arguments(
                        "'llama.rope.freq_base' must be positive and finite as a 32-bit float, is -1.0",
                        tiny().float32("llama.rope.freq_base", -1)),
                arguments(
                        "'llama.rope.freq_base' must be positive and finite as a 32-bit float, is Infinity",
                        tiny().float32("llama.rope.freq_base", Float.POSITIVE_INFINITY)),
                arguments(
                        "'llama.rope.dimension_count' must be even and at most the head's width 4, is 3",
                        tiny().uint32("llama.rope.dimension_count", 3)),
                arguments("at most the head's width 4, is 6", tiny().uint32("llama.rope.dimension_count", 6)),
                arguments(
                        "'llama.rope.scaling.type' is 'yarn', which is not supported",
                        tiny().string("llama.rope.scaling.type", "yarn")),
                arguments(
                        "'llama.rope.scaling.type' is 'longrope'",
                        tiny().string("llama.rope.scaling.type", "longrope")),
                arguments(
                        "'llama.rope.scaling.factor' must be positive and finite as a 32-bit float, is 0.0",
                        tiny().float32("llama.rope.scaling.factor", 0)),
                arguments("'llama.vocab_size' is 36, the embedding has 35 rows", tiny().uint32("llama.vocab_size", 36)),
                arguments(
                        "'tokenizer.ggml.tokens' has 34 tokens, the embedding has 35 rows",
                        tiny().strings("tokenizer.ggml.tokens", Collections.nCopies(34, "a"))),
                arguments("'llama.expert_count' is 8: mixture-of-experts", tiny().uint32("llama.expert_count", 8)),
                arguments(
                        "'llama.attention.sliding_window' is 32", tiny().uint32("llama.attention.sliding_window", 32)),
                arguments(
                        "'llama.attention.scale' is 1.0, which is not supported",
                        tiny().float32("llama.attention.scale", 1)),
                arguments(
                        "'llama.final_logit_softcapping' is 30.0", tiny().float32("llama.final_logit_softcapping", 30)),
                arguments("'llama.residual_scale' is 0.5", tiny().float32("llama.residual_scale", 0.5f)),
                arguments(
                        "'llama.rope.scaling.attn_factor' is NaN",
                        tiny().float32("llama.rope.scaling.attn_factor", Float.NaN)),
                arguments("'llama.attention.causal' is false", tiny().bool("llama.attention.causal", false)),
                arguments("the model is split into 3 files", tiny().raw("split.count", 2, new byte[] {3, 0})),
                arguments("'general.type' must be 'model', is 'adapter'", tiny().string("general.type", "adapter")),
                arguments(
                        "tensor 'blk.0.attn_q.bias' is not part of the llama models that are supported",
                        tiny().f32Tensor("blk.0.attn_q.bias", new float[12], 12)),
                arguments(
                        "tensor 'blk.0.attn_output.bias' is not part of",
                        tiny().f32Tensor("blk.0.attn_output.bias", new float[12], 12)),
                arguments("tensor 'token_embd.weight' is missing", tiny().removeTensor("token_embd.weight")),
                arguments(
                        "tensor 'output.weight' must have 35 rows of 12, has 34 rows of 12",
                        tiny().f32Tensor("output.weight", new float[34 * 12], 12, 34)),
                arguments(
                        "tensor 'output_norm.weight' must be of type F32, is F16",
                        tiny().changeTensor("output_norm.weight", norm -> norm.withType(1))),
                arguments(
                        "tensor 'rope_freqs.weight' must have 1 rows of 2, has 1 rows of 3",
                        tiny().f32Tensor("rope_freqs.weight", new float[] {1, 1, 1}, 3)),
                arguments(
                        "tensor 'rope_freqs.weight' must be of type F32, is BF16",
                        tiny().tensor("rope_freqs.weight", 30, "abcd".getBytes(UTF_8), 2)));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void refusesNamingKeyOrTensor(String message, GgufBuilder gguf) {
        refused(message, gguf);
    }

    private static GgufBuilder tiny() {
        return TinyLlama.gguf();
    }

    private void refused(String message, GgufBuilder gguf) {
        assertThatThrownBy(() -> read(gguf))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageStartingWith(folder.resolve("model.gguf") + ": ")
                .hasMessageContaining(message);
    }

    private ModelConfig read(GgufBuilder gguf) {
        try (ModelFile file = ModelFiles.open(gguf.write(folder))) {
            return ModelConfigReader.read(file);
        }
    }
}
