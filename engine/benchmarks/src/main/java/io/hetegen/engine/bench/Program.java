package io.hetegen.engine.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A program that is run to its end, in a process of its own. */
final class Program {

    private static final int MOST_MESSAGE = 500;

    private Program() {}

    /**
     * Returns what the program wrote to its standard output.
     *
     * @throws ComparisonException if it cannot be started or fails, with the end of what it said
     */
    static String run(List<String> command) {
        try {
            Path errors = Files.createTempFile("side-by-side", ".txt");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectInput(ProcessBuilder.Redirect.from(
                                Path.of("/dev/null").toFile()))
                        .redirectError(errors.toFile())
                        .start();
                try {
                    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
                    int status = process.waitFor();
                    if (status != 0) {
                        throw new ComparisonException(String.join(" ", command) + " ended with " + status + ": "
                                + end(Files.readString(errors).strip()));
                    }
                    return output;
                } finally {
                    process.destroy();
                }
            } finally {
                Files.delete(errors);
            }
        } catch (IOException e) {
            throw new ComparisonException(String.join(" ", command) + " cannot be run: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ComparisonException("interrupted");
        }
    }

    private static String end(String text) {
        return text.substring(Math.max(0, text.length() - MOST_MESSAGE));
    }
}
