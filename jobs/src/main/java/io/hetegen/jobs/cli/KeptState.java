package io.hetegen.jobs.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds what an earlier run of a job left in its state folder. */
final class KeptState {

    /** Flink writes it last: a checkpoint or savepoint without it is not complete. */
    private static final String COMPLETE = "_metadata";

    private KeptState() {}

    /** The newest complete checkpoint or savepoint. */
    static Optional<Path> latest(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.getFileName().toString().equals(COMPLETE))
                    .max(Comparator.comparing(KeptState::written))
                    .map(Path::getParent);
        }
    }

    private static FileTime written(Path file) {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
