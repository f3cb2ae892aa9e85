package io.hetegen.engine.device.cuda;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How a native library of JCuda is loaded, which needs a library of CUDA's. JCuda unpacks its library under a fixed name
 * into the temporary folder unless such a file exists, so two JVMs that start together can load half a file: it gets a
 * folder of our own for the moment.
 */
final class JCudaLoading {

    private static final String TEMPORARY = "java.io.tmpdir";

    private JCudaLoading() {}

    /**
     * Why the library cannot be called, null if it can. Called at most once for a library, as a class that failed to load
     * stays failed.
     *
     * @param touch the first use of a class that loads the library
     */
    static synchronized @Nullable String problem(Runnable touch) {
        try {
            Path folder = Files.createTempDirectory("hetegen-cuda-");
            try {
                loadThrough(folder, touch);
            } finally {
                deleteAll(folder);
            }
            return null;
        } catch (IOException e) {
            return "JCuda's library cannot be unpacked in " + System.getProperty(TEMPORARY) + ": " + e.getMessage();
        } catch (LinkageError e) {
            return reason(e);
        }
    }

    private static void loadThrough(Path folder, Runnable touch) throws IOException {
        // The JDK remembers its temporary folder at the first use: that must not be ours.
        Files.delete(File.createTempFile("first", null, folder.toFile()).toPath());
        String before = System.getProperty(TEMPORARY);
        System.setProperty(TEMPORARY, folder.toString());
        try {
            touch.run();
        } finally {
            System.setProperty(TEMPORARY, before);
        }
    }

    private static void deleteAll(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
        Files.delete(folder);
    }

    /** JCuda's message is a page with two stack traces; what the dynamic linker said is in the last. */
    private static String reason(LinkageError error) {
        String message = String.valueOf(error.getMessage());
        String prefix = UnsatisfiedLinkError.class.getName() + ": ";
        String line = message.lines()
                .filter(each -> each.startsWith(prefix))
                .reduce((first, last) -> last)
                .map(each -> each.substring(prefix.length()))
                .orElse(error.toString());
        String ourCopy = ".so: ";
        return line.contains(ourCopy) ? line.substring(line.indexOf(ourCopy) + ourCopy.length()) : line;
    }
}
