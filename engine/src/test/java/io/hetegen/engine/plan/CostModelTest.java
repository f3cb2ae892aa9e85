package io.hetegen.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.hetegen.engine.profile.HardwareDescription;
import io.hetegen.engine.profile.HardwareDescription.Cpu;
import io.hetegen.engine.profile.LinearShape;
import io.hetegen.engine.tensor.DType;
import org.junit.jupiter.api.Test;

class CostModelTest {

    private static final LinearShape SHAPE = new LinearShape(DType.F16, 4096, 4096);
    private static final CostModel A10 = new RooflineCosts(SampleModels.A10, 16);

    @Test
    void decodeCostsBytesAndPrefillOperations() {
        double bytes = SHAPE.bytes();

        assertThat(A10.cpuSeconds(SHAPE, 1, 256)).isCloseTo(bytes / 75e9, within(1e-12));
        assertThat(A10.gpuSeconds(SHAPE, 1, 256)).isCloseTo(bytes / 600e9, within(1e-12));
        assertThat(A10.copySeconds(SHAPE, 128)).isCloseTo(bytes / 2 / 24e9, within(1e-12));
        assertThat(A10.cpuSeconds(SHAPE, 512, 256)).isCloseTo(512 * 2.0 * 4096 * 4096 / 800e9, within(1e-9));
        LinearShape quantized = new LinearShape(DType.Q8_0, 4096, 4096);
        assertThat(A10.cpuSeconds(quantized, 512, 256)).isCloseTo(512 * 2.0 * 4096 * 4096 / 3200e9, within(1e-9));
    }

    @Test
    void fewerThreadsReadAsFastUntilTheyAreTooFew() {
        HardwareDescription hardware =
                new HardwareDescription("8 of 16", new Cpu(16, 80, 80, 800, 3200, 8), null, null, 15);

        assertThat(new RooflineCosts(hardware, 8).cpuSeconds(SHAPE, 1, 256))
                .isEqualTo(new RooflineCosts(hardware, 16).cpuSeconds(SHAPE, 1, 256));
        assertThat(new RooflineCosts(hardware, 4).cpuSeconds(SHAPE, 1, 256))
                .isEqualTo(2 * new RooflineCosts(hardware, 8).cpuSeconds(SHAPE, 1, 256));
        assertThat(new RooflineCosts(hardware, 8).cpuSeconds(SHAPE, 512, 256))
                .isEqualTo(2 * new RooflineCosts(hardware, 16).cpuSeconds(SHAPE, 512, 256));
        assertThatThrownBy(() -> new RooflineCosts(hardware, 17)).hasMessageContaining("from 1 to the 16 cores");
    }

    @Test
    void aProfileOfRooflinesPlansAsTheRooflines() {
        ModelShape model = SampleModels.opt(2, 1024);
        CostModel measured = new ProfiledCosts(SampleModels.profile(model, dtype -> 1));
        LinearShape shape = model.linears().get(0).shape();

        for (int tiles : new int[] {0, 1, 17, 64}) {
            assertThat(measured.cpuSeconds(shape, 1, tiles)).isCloseTo(A10.cpuSeconds(shape, 1, tiles), within(1e-12));
            assertThat(measured.copySeconds(shape, tiles)).isCloseTo(A10.copySeconds(shape, tiles), within(1e-12));
            assertThat(measured.gpuSeconds(shape, 1024, tiles))
                    .as("beyond what was measured")
                    .isCloseTo(2 * A10.gpuSeconds(shape, 512, tiles), within(1e-12));
        }
        double between = measured.cpuSeconds(shape, 256, 64);
        assertThat(between)
                .isBetween(A10.cpuSeconds(shape, 1, 64), A10.cpuSeconds(shape, 512, 64))
                .isCloseTo(A10.cpuSeconds(shape, 256, 64), within(0.1 * between));
    }
}
