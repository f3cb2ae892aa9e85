package io.hetegen.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TileLayoutTest {

    @ParameterizedTest
    @EnumSource
    void thePlanesAreTheBlock(DType dtype) {
        int[] times = new int[dtype.blockBytes()];
        for (Plane plane : dtype.planes()) {
            for (int i = 0; i < plane.bytes(); i++) {
                times[plane.offset() + i]++;
            }
        }
        assertThat(times).containsOnly(1);
    }

    @ParameterizedTest
    @EnumSource
    void wholeSegmentsTakeTheBytesOfTheFile(DType dtype) {
        TileLayout layout = new TileLayout(dtype, 16, 2048);
        assertThat(layout.tileBytes()).isEqualTo(16 * layout.fileRowBytes());
    }

    @ParameterizedTest
    @EnumSource
    void aShortSegmentAddsAtMostThreePercent(DType dtype) {
        for (int columns : new int[] {768, 1280, 2304}) {
            TileLayout layout = new TileLayout(dtype, 16, columns);
            assertThat(layout.tileBytes())
                    .isBetween(16 * layout.fileRowBytes(), (long) (16 * 1.03 * layout.fileRowBytes()));
        }
    }
}
