package io.hetegen.engine.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CurveTest {

    private static final int[] NONE = {};

    private final Curve curve = new Curve(new int[] {10, 20, 40}, new double[] {1, 3, 4});

    @ParameterizedTest
    @CsvSource({"0, 0", "5, 0.5", "10, 1", "15, 2", "20, 3", "30, 3.5", "40, 4", "60, 5"})
    void liesOnStraightLinesBetweenItsPoints(int tiles, double seconds) {
        assertThat(curve.at(tiles)).isCloseTo(seconds, within(1e-12));
    }

    @Test
    void moreWorkNeverTakesLess() {
        Curve noisy = new Curve(new int[] {1, 2, 3}, new double[] {2, 1, 3});

        assertThat(noisy.at(2)).isEqualTo(2);
    }

    @Test
    void refusesWhatIsNoCurve() {
        assertThatThrownBy(() -> new Curve(NONE, new double[0])).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Curve(new int[] {1}, new double[] {1, 2}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Curve(new int[] {2, 2}, new double[] {1, 2}))
                .hasMessageContaining("must rise");
        assertThatThrownBy(() -> new Curve(new int[] {1}, new double[] {0})).hasMessageContaining("positive");
        assertThatThrownBy(() -> new Curve(new int[] {1}, new double[] {Double.NaN}))
                .hasMessageContaining("positive");
    }
}
