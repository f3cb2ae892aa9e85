package io.hetegen.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The CUDA kernels compiled for the host, with the program that runs launches on them. */
public final class HostKernels {

    private static final int THREAD_ORDERS = 3;

    private final Path folder;

    private HostKernels(Path folder) {
        this.folder = folder;
    }

    /** Built if their sources are newer; skips the test on machines where that cannot be. */
    public static HostKernels build() throws Exception {
        assumeTrue(
                System.getProperty("os.name").equals("Linux")
                        && System.getProperty("os.arch").equals("amd64"),
                "the host build of the CUDA kernels is written for Linux on x86-64");
        assumeTrue(
                runs("g++", "--version"),
                "there is no g++ for the host build of the CUDA kernels; install the package g++");
        Path folder = Path.of("target", "cuda-kernels-host").toAbsolutePath();
        run(List.of("sh", Path.of("src", "test", "native", "simt", "build.sh").toString(), folder.toString()));
        return new HostKernels(folder);
    }

    /** What the driver double runs. */
    public Path library() {
        return folder.resolve("libhetegen-kernels-host.so");
    }

    void check(List<LaunchCase> cases) throws Exception {
        Path file = Files.createTempFile("launches", ".bin");
        try {
            Files.write(file, LaunchCase.file(cases));
            run(List.of(
                    folder.resolve("check_launches").toString(),
                    library().toString(),
                    file.toString(),
                    Integer.toString(THREAD_ORDERS)));
        } finally {
            Files.delete(file);
        }
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static void run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
