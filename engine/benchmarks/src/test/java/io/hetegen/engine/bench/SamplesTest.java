package io.hetegen.engine.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SamplesTest {

    @Test
    void meanDeviationAndMedian() {
        Samples samples = new Samples(9, 1, 2);
        assertThat(samples.mean()).isEqualTo(4);
        assertThat(samples.deviation()).isCloseTo(Math.sqrt(19), within(1e-12));
        assertThat(samples.median()).isEqualTo(2);
        assertThat(new Samples(4, 1, 3, 9).median()).isEqualTo(3.5);
        assertThat(samples).hasToString("4.0 ± 4.4");
    }

    @Test
    void oneRunHasNoDeviation() {
        assertThat(new Samples(7).deviation()).isZero();
        assertThat(new Samples(7).median()).isEqualTo(7);
    }
}
