package io.hetegen.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.hetegen.engine.KvType;
import io.hetegen.engine.ModelException;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.model.CausalLm.LogitsFor;
import io.hetegen.engine.model.CausalLm.Slice;
import io.hetegen.engine.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The logits of a sequence have the same bits whatever it is computed together with, and in whatever pieces. */
class BatchEqualityTest {

    private static final int VOCABULARY = 97;

    /** More than two attention chunks. */
    private static final int TOKENS = 150;

    @ParameterizedTest
    @EnumSource
    void chunksAndThreadsDoNotMatter(DType dtype) {
        int[] ids = ids(TOKENS, 1);
        RandomModelFile file = RandomModelFile.of(dtype, VOCABULARY, 7);
        float[][] whole = logits(file, 1, ids, TOKENS);
        assertThat(logits(file, 3, ids, TOKENS)).isDeepEqualTo(whole);
        assertThat(logits(file, 2, ids, 7)).isDeepEqualTo(whole);
        assertThat(logits(file, 2, ids, 1)).isDeepEqualTo(whole);
    }

    static Stream<Family> families() {
        return Stream.of(Family.LLAMA, Family.QWEN2, Family.QWEN3, Family.OPT);
    }

    @ParameterizedTest
    @MethodSource("families")
    void chunksAndThreadsDoNotMatterToAnyFamily(Family family) {
        int[] ids = ids(TOKENS, 1);
        RandomModelFile file = RandomModelFile.of(family, DType.Q8_0, VOCABULARY, 7);
        float[][] whole = logits(file, 1, ids, TOKENS);
        assertThat(whole[TOKENS - 1]).doesNotContain(Float.NaN);
        assertThat(logits(file, 3, ids, 64)).isDeepEqualTo(whole);
        assertThat(logits(file, 2, ids, 7)).isDeepEqualTo(whole);
        assertThat(logits(file, 2, ids, 1)).isDeepEqualTo(whole);
    }

    @ParameterizedTest
    @MethodSource("families")
    void everyTensorOfAFamilyReachesTheLogits(Family family) {
        int[] ids = ids(3, 1);
        RandomModelFile file = RandomModelFile.of(family, DType.F32, VOCABULARY, 7);
        float[][] logits = logits(file, 1, ids, 3);
        for (String tensor : file.tensors().keySet()) {
            negate(file.bytes(tensor));
            assertThat(logits(file, 1, ids, 3)[2]).as(tensor).isNotEqualTo(logits[2]);
            negate(file.bytes(tensor));
        }
    }

    private static void negate(byte[] floats) {
        for (int i = 3; i < floats.length; i += 4) {
            floats[i] ^= (byte) 0x80;
        }
    }

    static Stream<Arguments> kvTypesAndFamilies() {
        return Stream.concat(
                families().map(family -> arguments(KvType.F16, family)),
                Stream.of(arguments(KvType.F32, Family.LLAMA)));
    }

    @ParameterizedTest
    @MethodSource("kvTypesAndFamilies")
    void theBatchDoesNotMatter(KvType kvType, Family family) {
        RandomModelFile file = RandomModelFile.of(family, DType.Q8_0, VOCABULARY, 8);
        try (ThreadTeam team = new ThreadTeam(2);
                CausalLm model = ModelLoader.load(file, ModelConfigReader.read(file), team, kvType)) {
            List<KvCache> caches = new ArrayList<>();
            List<Slice> first = new ArrayList<>();
            List<Slice> second = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                KvCache cache = model.newCache();
                caches.add(cache);
                first.add(new Slice(cache, ids(3 + 20 * i, i), LogitsFor.ALL));
                second.add(new Slice(cache, ids(1 + i % 2, 10 + i), LogitsFor.LAST));
            }
            List<float[][]> together = model.forward(first);
            List<float[][]> togetherSecond = model.forward(second);
            for (int i = 0; i < 5; i++) {
                try (KvCache alone = model.newCache()) {
                    Slice slice = new Slice(alone, first.get(i).ids(), LogitsFor.ALL);
                    assertThat(model.forward(List.of(slice)).get(0)).isDeepEqualTo(together.get(i));
                    slice = new Slice(alone, second.get(i).ids(), LogitsFor.LAST);
                    assertThat(model.forward(List.of(slice)).get(0)).isDeepEqualTo(togetherSecond.get(i));
                }
            }
            caches.forEach(KvCache::close);
        }
    }

    @Test
    void theKvTypeMatters() {
        RandomModelFile file = RandomModelFile.of(DType.F32, VOCABULARY, 9);
        int[] ids = ids(5, 2);
        try (ThreadTeam team = new ThreadTeam(1);
                CausalLm half = ModelLoader.load(file, ModelConfigReader.read(file), team, KvType.F16);
                CausalLm full = ModelLoader.load(file, ModelConfigReader.read(file), team, KvType.F32)) {
            float[] rounded = half.forward(List.of(new Slice(half.newCache(), ids, LogitsFor.LAST)))
                    .get(0)[0];
            float[] exact = full.forward(List.of(new Slice(full.newCache(), ids, LogitsFor.LAST)))
                    .get(0)[0];
            assertThat(rounded).isNotEqualTo(exact);
            assertThat(half.digest()).isEqualTo(full.digest()).hasSize(32);
        }
    }

    @Test
    void theDigestChangesWithEveryTensor() {
        RandomModelFile file = RandomModelFile.of(DType.Q4_0, VOCABULARY, 9);
        byte[] digest = digest(file);
        assertThat(digest(RandomModelFile.of(DType.Q4_0, VOCABULARY, 9))).isEqualTo(digest);
        for (String tensor : file.tensors().keySet()) {
            byte[] bytes = file.bytes(tensor);
            bytes[bytes.length - 1] ^= 1;
            assertThat(digest(file)).as(tensor).isNotEqualTo(digest);
            bytes[bytes.length - 1] ^= 1;
        }
    }

    @Test
    void nanWeightsShowInTheLogits() {
        RandomModelFile file = RandomModelFile.of(DType.Q8_0, VOCABULARY, 9);
        byte[] norm = file.bytes("blk.0.ffn_norm.weight");
        Arrays.fill(norm, 0, 4, (byte) 0xff);
        assertThat(logits(file, 2, ids(2, 1), 2)[0]).containsOnly(Float.NaN);
    }

    @Test
    void useAfterCloseIsAnError() {
        RandomModelFile file = RandomModelFile.of(DType.F16, VOCABULARY, 9);
        try (ThreadTeam team = new ThreadTeam(1)) {
            CausalLm model = ModelLoader.load(file, ModelConfigReader.read(file), team, KvType.F16);
            assertThat(model.weightBytes()).isPositive();
            KvCache cache = model.newCache();
            model.close();
            model.close();
            assertThatThrownBy(() -> model.forward(List.of(new Slice(cache, ids(2, 1), LogitsFor.LAST))))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void failedPassesLeaveTheCacheAsItWas() {
        RandomModelFile file = RandomModelFile.of(DType.F16, VOCABULARY, 9);
        try (ThreadTeam team = new ThreadTeam(1);
                CausalLm model = ModelLoader.load(file, ModelConfigReader.read(file), team, KvType.F16);
                KvCache cache = model.newCache()) {
            int[] tooMany = new int[model.config().contextLength() + 1];
            for (int[] ids : List.of(new int[] {VOCABULARY}, new int[] {-1}, new int[0], tooMany)) {
                assertThatThrownBy(() -> model.forward(List.of(new Slice(cache, ids, LogitsFor.LAST))))
                        .isInstanceOf(IllegalArgumentException.class);
            }
            assertThat(cache.length()).isZero();
        }
    }

    @Test
    void cachesMustBeDistinctAndOfThisModel() {
        RandomModelFile file = RandomModelFile.of(DType.F16, VOCABULARY, 9);
        ModelConfig config = ModelConfigReader.read(file);
        try (ThreadTeam team = new ThreadTeam(1);
                CausalLm model = ModelLoader.load(file, config, team, KvType.F16);
                CausalLm twin = ModelLoader.load(file, config, team, KvType.F16);
                KvCache cache = model.newCache();
                KvCache other = model.newCache();
                KvCache foreign = twin.newCache()) {
            Slice first = new Slice(cache, ids(3, 1), LogitsFor.NONE);
            Slice second = new Slice(other, ids(2, 2), LogitsFor.NONE);
            assertThatThrownBy(() -> model.forward(List.of(first, second, new Slice(cache, ids(1, 3), LogitsFor.LAST))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("the same KV cache");
            assertThatThrownBy(() ->
                            model.forward(List.of(first, new Slice(foreign, ids(1, 3), LogitsFor.LAST), second)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("that this model has not made");
            assertThat(List.of(cache.length(), other.length(), foreign.length()))
                    .containsOnly(0);
            assertThat(cache.bytes()).isZero();
            model.forward(List.of(first, second));
            assertThat(List.of(cache.length(), other.length())).containsExactly(3, 2);
        }
    }

    @Test
    void anInterruptEndsLoading() {
        RandomModelFile file = RandomModelFile.of(DType.F16, VOCABULARY, 9);
        ModelConfig config = ModelConfigReader.read(file);
        try (ThreadTeam team = new ThreadTeam(1)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> ModelLoader.load(file, config, team, KvType.F16))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("interrupted");
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void thePackedBytesAreThoseOfTheFile() {
        RandomModelFile file = RandomModelFile.of(DType.Q8_0, 96, 9);
        try (ThreadTeam team = new ThreadTeam(1);
                CausalLm model = ModelLoader.load(file, ModelConfigReader.read(file), team, KvType.F16)) {
            long matrices = file.tensors().values().stream()
                    .filter(tensor -> tensor.rows() > 1)
                    .mapToLong(TensorInfo::bytes)
                    .sum();
            // Rows of 96 and of 512 + 32 columns end in a segment with an odd number of blocks, whose scales are padded
            // by 32 bytes: in each layer the 4 tiles of attn_output and of ffn_down.
            assertThat(model.weightBytes()).isEqualTo(matrices + 2 * (4 + 4) * 32);
        }
    }

    private static byte[] digest(RandomModelFile file) {
        try (ThreadTeam team = new ThreadTeam(1);
                CausalLm model = ModelLoader.load(file, ModelConfigReader.read(file), team, KvType.F16)) {
            return model.digest();
        }
    }

    private static float[][] logits(RandomModelFile file, int threads, int[] ids, int chunk) {
        List<float[]> logits = new ArrayList<>();
        try (ThreadTeam team = new ThreadTeam(threads);
                CausalLm model = ModelLoader.load(file, ModelConfigReader.read(file), team, KvType.F16);
                KvCache cache = model.newCache()) {
            for (int from = 0; from < ids.length; from += chunk) {
                int[] part = Arrays.copyOfRange(ids, from, Math.min(from + chunk, ids.length));
                logits.addAll(Arrays.asList(model.forward(List.of(new Slice(cache, part, LogitsFor.ALL)))
                        .get(0)));
            }
            assertThat(cache.length()).isEqualTo(ids.length);
        }
        return logits.toArray(new float[0][]);
    }

    private static int[] ids(int count, long seed) {
        return new SplittableRandom(seed).ints(count, 0, VOCABULARY).toArray();
    }
}
