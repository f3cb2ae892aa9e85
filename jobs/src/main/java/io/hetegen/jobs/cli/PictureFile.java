package io.hetegen.jobs.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import javax.imageio.ImageIO;

/** Where a picture that was drawn as SVG goes: as it is, or painted if the file's name ends with {@code .png}. */
final class PictureFile {

    private PictureFile() {}

    static void write(Path file, String svg) throws IOException {
        if (!file.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
            Files.writeString(file, svg, StandardCharsets.UTF_8);
            return;
        }
        // Text is painted without a display, also where one is named that cannot be reached.
        System.setProperty("java.awt.headless", "true");
        try {
            ImageIO.write(SvgPainter.paint(svg), "png", file.toFile());
        } catch (LinkageError | RuntimeException e) {
            throw new CommandFailure(
                    "this machine cannot paint " + file + " (" + e + "); a name that ends with .svg needs no fonts", e);
        }
    }
}
