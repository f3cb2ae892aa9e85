package io.hetegen.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Kernels that this machine need not be able to run give the bits of the Java ones, emulated: src/test/native/check.sh
 * compiles and runs them. Those that it runs itself are in {@link NativeKernelsTest}.
 */
class CrossKernelsITCase {

    /** With which check.sh ends if a tool is missing. */
    private static final int SKIPPED = 77;

    @TempDir
    static Path folder;

    private static int count;

    @BeforeAll
    static void writeCases() throws Exception {
        try (KernelCases cases = new KernelCases()) {
            KernelCaseFile file = cases.all();
            count = file.count();
            file.write(folder.resolve("cases"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"NEON", "AVX512"})
    void giveTheBitsOfTheReference(InstructionSet set, @TempDir Path work) throws Exception {
        Process check = new ProcessBuilder(
                        "sh",
                        "src/test/native/check.sh",
                        set.kernelName(),
                        folder.resolve("cases").toString(),
                        work.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = check.waitFor();

        assumeTrue(status != SKIPPED, output);
        assertThat(status).as(output).isZero();
        assertThat(output).endsWith(count + " cases, 0 differ\n");
    }
}
