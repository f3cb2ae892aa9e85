package io.hetegen.engine.device.cpu;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Loads the native library from this class's own artifact, at most once per class loader. */
public final class NativeLibrary {

    private static final String FOLDER = "/io/hetegen/engine/kernel/";

    private static final @Nullable String PROBLEM = load();

    private NativeLibrary() {}

    /** Why no native method can be called, null if they can. */
    public static @Nullable String problem() {
        return PROBLEM;
    }

    private static @Nullable String load() {
        String platform = System.getProperty("os.name").toLowerCase(Locale.ROOT) + "-" + System.getProperty("os.arch");
        try (InputStream library = NativeLibrary.class.getResourceAsStream(FOLDER + platform + "/libhetegen.so")) {
            if (library == null) {
                return "this build has none for " + platform;
            }
            // A file of its own for each class loader: the JVM refuses a library that another one has loaded.
            Path file = Files.createTempFile("hetegen-", ".so");
            try {
                Files.copy(library, file, StandardCopyOption.REPLACE_EXISTING);
                System.load(file.toString());
            } finally {
                Files.delete(file);
            }
            return null;
        } catch (IOException | UnsatisfiedLinkError e) {
            return "the library cannot be loaded from " + System.getProperty("java.io.tmpdir") + ": " + e.getMessage();
        }
    }
}
