package io.hetegen.engine.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hetegen.engine.tensor.DType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The PTX texts that are shipped come from the sources beside them, compute exactly, and suit the GPUs that they are for. */
class PtxITCase {

    private static final Path SOURCES = Path.of("src", "main", "cuda");

    /** What a GPU may contract, flush to zero or only approximate. */
    private static final Pattern INEXACT =
            Pattern.compile("(add|sub|mul|mad)\\.f32|(div|rcp|sqrt)\\.(full|approx)|\\.ftz|\\.f64|ex2|tanh");

    static Stream<String> modules() {
        return Stream.concat(
                Stream.of("operations", "fast"),
                Stream.of(DType.values()).map(dtype -> dtype.name().toLowerCase(Locale.ROOT)));
    }

    static Stream<String> texts() {
        return modules().flatMap(module -> Stream.of(module + ".sm_75.ptx", module + ".sm_80.ptx"));
    }

    @Test
    void carriesTheDigestOfTheSources() throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (Stream<Path> files = Files.list(SOURCES)) {
            files.sorted().forEach(file -> digest.update(bytes(file)));
        }
        String line = "// sources " + HexFormat.of().formatHex(digest.digest());
        assertThat(texts())
                .as("the PTX is not made of these sources: run src/main/cuda/build.sh")
                .allSatisfy(name -> assertThat(text(name)).startsWith(line));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void computesExactly(String name) throws Exception {
        String text = text(name);
        assertThat(text).contains(".version 7.0\n.target " + name.split("\\.", -1)[1] + "\n");
        assertThat(INEXACT.matcher(text).results().map(match -> match.group()).distinct())
                .isEmpty();
    }

    /** Each text with the compiler of the CUDA 12.0 that JCuda was built with, which needs no GPU. */
    @ParameterizedTest
    @MethodSource("modules")
    void isAccepted(String module) throws Exception {
        compile(module + ".sm_75.ptx", "sm_75");
        for (String architecture : List.of("sm_80", "sm_86", "sm_89", "sm_90")) {
            compile(module + ".sm_80.ptx", architecture);
        }
    }

    @ParameterizedTest
    @MethodSource("modules")
    void isAcceptedForNewerDevices(String module) throws Exception {
        assumeTrue(accepts("sm_120"), "there is no ptxas for sm_120 on the PATH");
        Path file = Files.createTempFile("kernels", ".ptx");
        try {
            Files.writeString(file, text(module + ".sm_80.ptx"));
            Process process = new ProcessBuilder("ptxas", "-arch=sm_120", file.toString(), "-o", "/dev/null")
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(output).isZero();
        } finally {
            Files.delete(file);
        }
    }

    private static boolean accepts(String architecture) throws Exception {
        try {
            Process process = new ProcessBuilder("ptxas", "--help")
                    .redirectErrorStream(true)
                    .start();
            String help = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 && help.contains(architecture);
        } catch (IOException e) {
            return false;
        }
    }

    private static void compile(String name, String architecture) throws Exception {
        byte[] text = (text(name) + "\0").getBytes(StandardCharsets.UTF_8);
        JNvPTXCompiler.setExceptionsEnabled(false);
        nvPTXCompilerHandle compiler = new nvPTXCompilerHandle();
        assertThat(JNvPTXCompiler.nvPTXCompilerCreate(compiler, text.length - 1, text))
                .isZero();
        try {
            String[] options = {"--gpu-name=" + architecture};
            int code = JNvPTXCompiler.nvPTXCompilerCompile(compiler, options.length, options);
            assertThat(code)
                    .as("%s for %s: %s", name, architecture, log(compiler))
                    .isZero();
        } finally {
            JNvPTXCompiler.nvPTXCompilerDestroy(compiler);
        }
    }

    private static String log(nvPTXCompilerHandle compiler) {
        long[] size = new long[1];
        JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(compiler, size);
        byte[] log = new byte[Math.toIntExact(size[0]) + 1];
        JNvPTXCompiler.nvPTXCompilerGetErrorLog(compiler, log);
        return new String(log, StandardCharsets.UTF_8);
    }

    private static String text(String name) throws IOException {
        String resource = "/io/hetegen/engine/device/cuda/" + name;
        try (InputStream in = PtxITCase.class.getResourceAsStream(resource)) {
            assertThat(in)
                    .as("%s is missing: run src/main/cuda/build.sh", resource)
                    .isNotNull();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
