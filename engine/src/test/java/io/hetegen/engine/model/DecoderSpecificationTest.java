package io.hetegen.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.model.CausalLm.LogitsFor;
import io.hetegen.engine.model.CausalLm.Slice;
import io.hetegen.engine.tensor.DType;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The whole forward pass against {@link DecoderSpecification}, bit for bit. */
class DecoderSpecificationTest {

    private static final int VOCABULARY = 33;

    /** Into the second attention chunk. */
    private static final int TOKENS = 67;

    private static final int FEW_TOKENS = 9;

    @ParameterizedTest
    @EnumSource
    void everyWeightType(DType dtype) {
        check(RandomModelFile.of(dtype, VOCABULARY, 3), KvType.F16, FEW_TOKENS);
    }

    static Stream<Family> families() {
        return Stream.of(Family.LLAMA, Family.QWEN2, Family.QWEN3, Family.OPT);
    }

    @ParameterizedTest
    @MethodSource("families")
    void everyFamily(Family family) {
        check(RandomModelFile.of(family, DType.F32, VOCABULARY, 6), KvType.F16, TOKENS);
        check(RandomModelFile.of(family, DType.Q8_0, VOCABULARY, 7), KvType.F16, FEW_TOKENS);
    }

    @Test
    void unroundedKeysAndValues() {
        check(RandomModelFile.of(DType.F32, VOCABULARY, 4), KvType.F32, TOKENS);
    }

    @Test
    void partialAndScaledRotation() {
        float[] divisors = {1, 1.5f, 4, 8, 32};
        RandomModelFile file = RandomModelFile.of(DType.F16, VOCABULARY, 5).withRope(10, 4, divisors);
        check(file, KvType.F16, FEW_TOKENS, divisors);
    }

    private static void check(RandomModelFile file, KvType kvType, int tokens) {
        float[] none = new float[ModelConfigReader.read(file).rope().dimensions() / 2];
        Arrays.fill(none, 1);
        check(file, kvType, tokens, none);
    }

    private static void check(RandomModelFile file, KvType kvType, int tokens, float[] divisors) {
        int[] ids = new SplittableRandom(1).ints(tokens, 0, VOCABULARY).toArray();
        ModelConfig config = ModelConfigReader.read(file);
        float[][] expected = new DecoderSpecification(file, config, kvType, divisors).logits(ids);
        try (ThreadTeam team = new ThreadTeam(2);
                CausalLm model = ModelLoader.load(file, config, team, kvType);
                KvCache cache = model.newCache()) {
            int half = tokens / 2;
            float[][] first = model.forward(List.of(new Slice(cache, Arrays.copyOf(ids, half), LogitsFor.ALL)))
                    .get(0);
            float[][] second = model.forward(
                            List.of(new Slice(cache, Arrays.copyOfRange(ids, half, tokens), LogitsFor.ALL)))
                    .get(0);
            assertThat(first).isDeepEqualTo(Arrays.copyOf(expected, half));
            assertThat(second).isDeepEqualTo(Arrays.copyOfRange(expected, half, tokens));
        }
    }
}
