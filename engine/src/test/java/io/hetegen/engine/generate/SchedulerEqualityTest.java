package io.hetegen.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.GenerationResult;
import io.hetegen.engine.KvType;
import io.hetegen.engine.SequenceSnapshot;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelLoader;
import io.hetegen.engine.model.RandomModelFile;
import io.hetegen.engine.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The scheduler over a real forward pass: what a sequence gets does not depend on its company, on the prefill chunk or
 * on a resume, for every type of weights and cache.
 */
class SchedulerEqualityTest {

    private static final int MAX_TOKENS = 10;

    private final ThreadTeam team = new ThreadTeam(2);

    @AfterEach
    void close() {
        team.close();
    }

    static Stream<Arguments> types() {
        return Stream.of(DType.values())
                .flatMap(dtype -> Stream.of(KvType.values()).map(kvType -> Arguments.of(dtype, kvType)));
    }

    @ParameterizedTest
    @MethodSource("types")
    void aloneIsAsInABatchOfFive(DType dtype, KvType kvType) {
        List<GenerationRequest> requests = requests();
        List<Heard> heard = new ArrayList<>();
        try (BatchEngine engine = engine(dtype, kvType, 5, 16)) {
            for (GenerationRequest request : requests) {
                heard.add(Engines.submit(engine, request));
                engine.step();
            }
            assertThat(engine.stats().active()).isEqualTo(5);
            Engines.drain(engine);
        }
        try (BatchEngine engine = engine(dtype, kvType, 1, 128)) {
            for (int i = 0; i < requests.size(); i++) {
                Heard alone = Engines.alone(engine, requests.get(i));
                assertThat(Engines.essence(heard.get(i).result())).isEqualTo(Engines.essence(alone.result()));
                assertThat(heard.get(i).pieces).isEqualTo(alone.pieces);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void chunksOfSevenAreAsOne(DType dtype, KvType kvType) {
        try (BatchEngine whole = engine(dtype, kvType, 1, 128);
                BatchEngine cut = engine(dtype, kvType, 2, 7)) {
            for (GenerationRequest request : requests()) {
                assertThat(Engines.essence(Engines.alone(cut, request).result()))
                        .isEqualTo(Engines.essence(Engines.alone(whole, request).result()));
            }
        }
    }

    /** The answer crosses from the first page of the cache to the second. */
    @ParameterizedTest
    @MethodSource("types")
    void resumedAtEveryTokenIsUninterrupted(DType dtype, KvType kvType) {
        GenerationRequest request =
                Engines.request(Engines.SAMPLINGS.get(4), 10, List.of(), Engines.prompt(60, ToyTokenizer.SIZE, 3));
        try (BatchEngine engine = engine(dtype, kvType, 1, 128);
                BatchEngine other = engine(dtype, kvType, 3, 40)) {
            Heard whole = Engines.alone(engine, request);
            GenerationResult result = whole.result();
            assertThat(whole.ids).hasSize(10);
            List<Heard> resumed = new ArrayList<>();
            for (byte[] snapshot : whole.snapshots) {
                resumed.add(Engines.resume(other, SequenceSnapshot.fromBytes(snapshot)));
            }
            Engines.drain(other);
            for (int done = 1; done <= resumed.size(); done++) {
                Heard rest = resumed.get(done - 1);
                assertThat(Engines.essence(rest.result())).isEqualTo(Engines.essence(result));
                assertThat(rest.ids).isEqualTo(whole.ids.subList(done, whole.ids.size()));
            }
        }
    }

    private static List<GenerationRequest> requests() {
        return Engines.mixed(ToyTokenizer.SIZE, MAX_TOKENS);
    }

    private BatchEngine engine(DType dtype, KvType kvType, int maxSequences, int prefillChunk) {
        RandomModelFile file = RandomModelFile.of(dtype, ToyTokenizer.SIZE, 12);
        CausalLm lm = ModelLoader.load(file, ModelConfigReader.read(file), team, kvType);
        return Engines.of(Engines.info(200), lm, ToyTokenizer.endless(), maxSequences, prefillChunk);
    }
}
