package io.hetegen.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.KvType;
import io.hetegen.engine.ModelException;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.model.CausalLm.LogitsFor;
import io.hetegen.engine.model.CausalLm.Slice;
import io.hetegen.engine.tensor.DType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SyntheticModelFileTest {

    /** Far above the logits of a trained model's head, far below what a scale gone wrong gives. */
    private static final float MOST_LOGIT = 30;

    @ParameterizedTest
    @CsvSource({
        "llama-1.1b, 1.10",
        "llama-3b, 3.21",
        "llama-8b, 8.03",
        "opt-125m, 0.125",
        "opt-1.3b, 1.32",
        "opt-6.7b, 6.66",
        "opt-13b, 12.85",
        "opt-30b, 29.97",
        "qwen3-0.6b, 0.596",
        "qwen3-1.7b, 1.72"
    })
    void shapesHaveTheParametersOfTheirNames(String shape, double billions) {
        try (ModelFile file = SyntheticModelFile.of("synthetic:" + shape + ":q8_0")) {
            assertThat(ModelConfigReader.read(file).numLayers()).isPositive();
            double parameters = file.tensors().values().stream()
                    .mapToDouble(tensor -> (double) tensor.rows() * tensor.columns())
                    .sum();
            assertThat(parameters / 1e9).isBetween(0.99 * billions, 1.01 * billions);
        }
    }

    @ParameterizedTest
    @EnumSource
    void weightsOfEveryTypeKeepActivationsBounded(DType dtype) {
        check("synthetic:tiny:" + dtype.name().toLowerCase(Locale.ROOT));
    }

    /** What llama-quantize made of a file of this shape. */
    @Test
    void aMixtureIsThatOfTheQuantizer() {
        try (ModelFile file = SyntheticModelFile.of("synthetic:llama-1.1b:q4_k_m")) {
            List<Integer> fine = List.of(0, 1, 4, 7, 10, 13, 16, 19, 20, 21);
            for (int layer = 0; layer < 22; layer++) {
                DType type = fine.contains(layer) ? DType.Q6_K : DType.Q4_K;
                assertThat(file.tensor("blk." + layer + ".ffn_down.weight").dtype())
                        .isEqualTo(type);
                assertThat(file.tensor("blk." + layer + ".attn_v.weight").dtype())
                        .isEqualTo(type);
                for (String part : List.of("attn_q", "attn_k", "attn_output", "ffn_gate", "ffn_up")) {
                    assertThat(file.tensor("blk." + layer + "." + part + ".weight")
                                    .dtype())
                            .isEqualTo(DType.Q4_K);
                }
                assertThat(file.tensor("blk." + layer + ".ffn_norm.weight").dtype())
                        .isEqualTo(DType.F32);
            }
            assertThat(file.tensor("output.weight").dtype()).isEqualTo(DType.Q6_K);
            assertThat(file.tensor("token_embd.weight").dtype()).isEqualTo(DType.Q4_K);
        }
        try (ModelFile tied = SyntheticModelFile.of("synthetic:tiny-opt:Q4_K_M")) {
            assertThat(tied.tensor("token_embd.weight").dtype()).isEqualTo(DType.Q6_K);
            assertThat(tied.tensor("position_embd.weight").dtype()).isEqualTo(DType.F32);
        }
        check("synthetic:tiny:q4_k_m");
    }

    @ParameterizedTest
    @ValueSource(strings = {"synthetic:tiny-opt:q8_0", "synthetic:tiny-qwen3:q4_0", "synthetic:tiny-opt:F16"})
    void everyFamilyRuns(String name) {
        check(name);
    }

    private static void check(String name) {
        int[] ids = {1, 500, 3, 77, 5};
        float[][] logits;
        try (ModelFile file = SyntheticModelFile.of(name);
                ThreadTeam team = new ThreadTeam(2);
                CausalLm model = ModelLoader.load(file, ModelConfigReader.read(file), team, KvType.F16)) {
            logits = model.forward(List.of(new Slice(model.newCache(), ids, LogitsFor.ALL)))
                    .get(0);
        }
        double squares = 0;
        for (float[] row : logits) {
            for (float logit : row) {
                assertThat(Math.abs(logit)).isLessThan(MOST_LOGIT);
                squares += (double) logit * logit;
            }
        }
        // Nor may they vanish.
        assertThat(Math.sqrt(squares / ids.length / logits[0].length)).isBetween(0.2, 5.0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"q8_0", "q4_0", "f32", "f16"})
    void anyPartOfATensorIsTheSameInAnyOrder(String type) {
        ModelFile file = SyntheticModelFile.of("synthetic:tiny:" + type);
        TensorInfo tensor = file.tensor("blk.1.ffn_down.weight");
        byte[] whole = read(file, tensor, 0, (int) tensor.bytes());
        for (int offset : new int[] {0, 1, 33, 34, 1000, (int) tensor.bytes() - 5}) {
            byte[] part = read(SyntheticModelFile.of("synthetic:tiny:" + type), tensor, offset, 5);
            assertThat(part).isEqualTo(Arrays.copyOfRange(whole, offset, offset + 5));
        }
        byte[] other = read(file, file.tensor("blk.0.ffn_down.weight"), 0, whole.length);
        assertThat(other).isNotEqualTo(whole);
        assertThatThrownBy(() -> read(file, tensor, tensor.bytes() - 4, 5))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("blk.1.ffn_down.weight");
    }

    private static byte[] read(ModelFile file, TensorInfo tensor, long offset, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        file.read(tensor, offset, bytes);
        assertThat(bytes.hasRemaining()).isFalse();
        return bytes.array();
    }

    @Test
    void saysWhatThereIs() {
        refused("synthetic:llama-1.1b", "'synthetic:llama-1.1b' must be synthetic:SHAPE:TYPE");
        refused("synthetic:llama-1.1b:q4_0:x", "must be synthetic:SHAPE:TYPE");
        refused("synthetic:llama-2:q4_0", "there is no synthetic shape 'llama-2': there are llama-1.1b, llama-3b");
        refused("synthetic:tiny:q9", "there is no weight type 'q9': there are [F32, F16");
        refused("synthetic:tiny:q9", "MXFP4] and Q4_K_M");
        assertThat(SyntheticModelFile.isNameOf("model.gguf")).isFalse();
    }

    private static void refused(String name, String message) {
        assertThatThrownBy(() -> SyntheticModelFile.of(name))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining(message);
    }
}
