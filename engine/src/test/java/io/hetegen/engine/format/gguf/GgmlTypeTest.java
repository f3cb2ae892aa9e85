package io.hetegen.engine.format.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.tensor.DType;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GgmlTypeTest {

    @Test
    void everyNumberNamesOneTypeAndWithdrawnOnesNone() {
        Stream<GgmlType> byNumber =
                IntStream.rangeClosed(-1, 64).mapToObj(GgmlType::of).flatMap(Optional::stream);
        assertThat(byNumber).containsExactlyInAnyOrder(GgmlType.values());
        assertThat(IntStream.of(4, 5, 31, 32, 33, 36, 37, 38))
                .allSatisfy(withdrawn -> assertThat(GgmlType.of(withdrawn)).isEmpty());
    }

    @Test
    void everyWeightTypeOfTheEngineHasItsNumberUnderItsOwnName() {
        assertThat(Arrays.stream(GgmlType.values()).flatMap(type -> type.dtype().stream()))
                .containsExactlyInAnyOrder(DType.values());
        assertThat(Arrays.stream(GgmlType.values()).filter(type -> type.dtype().isPresent()))
                .allSatisfy(type -> assertThat(type.dtype()).contains(DType.valueOf(type.name())));
    }
}
