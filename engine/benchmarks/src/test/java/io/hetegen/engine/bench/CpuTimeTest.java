package io.hetegen.engine.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CpuTimeTest {

    @Test
    void othersAreWhatIsBusyAndNotOurs() {
        CpuTime start = CpuTime.parse(
                "cpu  100 10 20 1000 50 1 2 3 7 0\ncpu0 1 2 3", "42 (a ) b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 20 0");
        assertThat(start).isEqualTo(new CpuTime(1186, 136, 11 + 12 + 13 + 14));

        CpuTime end =
                CpuTime.parse("cpu  180 10 20 1080 90 1 2 3 7 0", "42 (a ) b) S 1 2 3 4 5 6 7 8 9 10 21 12 13 64 20 0");
        // 200 ticks, 80 of them busy, 60 of those ours.
        assertThat(end.othersSince(start)).isEqualTo(0.1);
        assertThat(start.othersSince(start)).isZero();
    }

    @Test
    void thisMachineTells() {
        CpuTime now = CpuTime.now();
        assertThat(now.all()).isGreaterThanOrEqualTo(now.busy());
        assertThat(now.busy()).isPositive();
    }
}
