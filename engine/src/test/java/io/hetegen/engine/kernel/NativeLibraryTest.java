package io.hetegen.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hetegen.engine.device.cpu.NativeLibrary;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class NativeLibraryTest {

    @Test
    void loadsInEachClassLoaderAndLeavesNoFile() throws Exception {
        assumeTrue(NativeLibrary.problem() == null, "the native library is not built");
        for (int i = 0; i < 2; i++) {
            try (URLClassLoader loader = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
                Class<?> library = loader.loadClass(NativeLibrary.class.getName());
                assertThat(library).isNotSameAs(NativeLibrary.class);
                assertThat(call(library, "problem")).isNull();
                assertThat(call(loader.loadClass(KernelChoice.class.getName()), "make"))
                        .isNotNull();
            }
        }
        assertThat(mappings()).isNotEmpty().allMatch(line -> line.endsWith("(deleted)"));
    }

    private static Object call(Class<?> type, String name) throws ReflectiveOperationException {
        Method method = type.getDeclaredMethod(name);
        method.setAccessible(true);
        return method.invoke(null);
    }

    private static URL[] classPath() throws IOException {
        String[] entries = System.getProperty("java.class.path").split(File.pathSeparator, -1);
        URL[] urls = new URL[entries.length];
        for (int i = 0; i < entries.length; i++) {
            urls[i] = Path.of(entries[i]).toUri().toURL();
        }
        return urls;
    }

    /** The library's mappings in this process: their file is marked as deleted. */
    private static List<String> mappings() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .filter(line -> line.contains("/hetegen-") && line.contains(".so"))
                .toList();
    }
}
