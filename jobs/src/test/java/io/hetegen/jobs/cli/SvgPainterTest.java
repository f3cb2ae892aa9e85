package io.hetegen.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What is painted where; a unit of the picture is two pixels. */
class SvgPainterTest {

    private static final int WHITE = 0xffffff;
    private static final int RED = 0xff0000;
    private static final int BLUE = 0x0000ff;

    @Test
    void paintsShapesAndPicturesInPictures() throws IOException {
        BufferedImage image = paint("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>"
                + "<rect x=\"2\" y=\"3\" width=\"4\" height=\"2\" fill=\"#ff0000\"/>"
                + "<path d=\"M10 2 L10 8 H16 V2\" fill=\"none\" stroke=\"#0000ff\" stroke-width=\"2\"/>"
                + "<svg x=\"0\" y=\"10\" width=\"20\" height=\"10\" viewBox=\"0 0 200 100\">"
                + "<circle cx=\"100\" cy=\"50\" r=\"30\" fill=\"#ff0000\"/></svg>");

        assertThat(image.getWidth()).isEqualTo(40);
        assertThat(image.getHeight()).isEqualTo(40);
        assertThat(at(image, 1, 4)).isEqualTo(WHITE);
        assertThat(at(image, 4, 4)).isEqualTo(RED);
        assertThat(at(image, 7, 4)).isEqualTo(WHITE);
        assertThat(at(image, 10, 5)).isEqualTo(BLUE);
        assertThat(at(image, 13, 8)).isEqualTo(BLUE);
        assertThat(at(image, 16, 4)).isEqualTo(BLUE);
        assertThat(at(image, 13, 4)).as("inside a path that is not filled").isEqualTo(WHITE);
        assertThat(at(image, 10, 15)).as("the circle's middle").isEqualTo(RED);
        assertThat(at(image, 6, 15)).as("left of the circle").isEqualTo(WHITE);
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        assertThatThrownBy(() -> paint("<ellipse/>"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("<ellipse> is not painted");
    }

    private static BufferedImage paint(String content) throws IOException {
        return SvgPainter.paint("<svg viewBox=\"0 0 20 20\">" + content + "</svg>");
    }

    private static int at(BufferedImage image, int x, int y) {
        return image.getRGB(2 * x, 2 * y) & WHITE;
    }
}
