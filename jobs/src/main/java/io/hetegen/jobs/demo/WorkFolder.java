package io.hetegen.jobs.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.Stream;

/** A temporary folder with all that it holds; closing it removes both. */
record WorkFolder(Path path) implements AutoCloseable {

    private static final String MODEL = "ticket-triage-Q8_0.gguf";

    static WorkFolder create() throws IOException {
        return new WorkFolder(Files.createTempDirectory("hetegen-demo-"));
    }

    /** The bundled model as a file of its own, because a model is read at random and a resource is not. */
    Path copyModel() throws IOException {
        Path model = path.resolve(MODEL);
        try (InputStream resource = Objects.requireNonNull(
                WorkFolder.class.getResourceAsStream("/demo/" + MODEL), "no resource /demo/" + MODEL)) {
            Files.copy(resource, model);
        }
        return model;
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            files.sorted(Comparator.reverseOrder()).forEach(WorkFolder::delete);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
