package io.hetegen.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every pair is there, in not many more cases than the two largest factors need. */
class PairwiseTest {

    static Stream<Arguments> factors() {
        return Stream.of(
                arguments(new int[] {1, 1}, 1),
                arguments(new int[] {2, 2, 2, 2}, 6),
                arguments(new int[] {3, 3, 3, 3}, 13),
                arguments(new int[] {5, 1, 7}, 35),
                arguments(new int[] {13, 16, 5, 4, 3, 3, 2, 2, 2}, 230));
    }

    @ParameterizedTest
    @MethodSource("factors")
    void everyPairIsCovered(int[] sizes, int mostCases) {
        List<int[]> cases = Pairwise.cases(sizes);
        Set<List<Integer>> pairs = new HashSet<>();
        for (int[] values : cases) {
            assertThat(values).hasSameSizeAs(sizes);
            for (int a = 0; a < sizes.length; a++) {
                assertThat(values[a]).isBetween(0, sizes[a] - 1);
                for (int b = a + 1; b < sizes.length; b++) {
                    pairs.add(List.of(a, values[a], b, values[b]));
                }
            }
        }
        int expected = 0;
        for (int a = 0; a < sizes.length; a++) {
            for (int b = a + 1; b < sizes.length; b++) {
                expected += sizes[a] * sizes[b];
            }
        }
        assertThat(pairs).hasSize(expected);
        assertThat(cases).hasSizeLessThanOrEqualTo(mostCases);
    }
}
