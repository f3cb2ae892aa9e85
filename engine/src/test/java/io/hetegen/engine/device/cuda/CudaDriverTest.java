package io.hetegen.engine.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is wrong with the GPU is a reason, not an exception. */
class CudaDriverTest {

    @Test
    void saysWhatItFinds() {
        CudaDouble.start("capability=86 driver=12060 memory=1073741824");

        assertThat(CudaDriver.mayBeThere()).isTrue();
        DeviceProbe probe = CudaDriver.probe(0);

        assertThat(probe.text()).isEqualTo("Driver double (sm_86, 1024 MiB, CUDA 12.6)");
        assertThat(probe.device().orElseThrow().copyEngines()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "devices=0 | 0 | the CUDA driver finds no device",
                "devices=1 | 1 | the CUDA driver finds 1 devices, numbered from 0",
                "capability=70 | 0 | Driver double (sm_70, 1024 MiB, CUDA 12.6) is older than sm_75",
                "driver=10020 | 0 | Driver double (sm_86, 1024 MiB, CUDA 10.2) has a driver older than CUDA 11.0; update it"
            })
    void saysWhyThereIsNone(String settings, int ordinal, String reason) {
        CudaDouble gpu = CudaDouble.start(settings);

        assertThat(CudaDriver.probe(ordinal).text()).isEqualTo("not available because " + reason);
        assertThat(CudaDriver.open(ordinal, 1 << 20)).isEmpty();
        assertThat(gpu.left()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cuInit",
                "cuDeviceGetCount",
                "cuDeviceGet",
                "cuDeviceGetName",
                "cuDeviceTotalMem",
                "cuDriverGetVersion",
                "cuDeviceGetAttribute"
            })
    void aFailingCallIsAReason(String function) {
        CudaDouble gpu = CudaDouble.start("");
        gpu.fail(function, 1, 999);

        assertThat(CudaDriver.probe(0).text())
                .isEqualTo("not available because " + function + " failed: CUDA_ERROR_UNKNOWN (999)");
        assertThat(CudaDriver.probe(0).device()).as("the next time").isPresent();
    }

    @Test
    void aDeviceThatOthersHaveFilledIsNotOpened() {
        CudaDouble gpu = CudaDouble.start("memory=1073741824 taken=900000000");

        assertThat(CudaDriver.open(0, 1 << 20)).isEmpty();
        assertThat(gpu.left()).isEmpty();
    }

    @Test
    void theBudgetIsNeverAllThatIsFree() {
        CudaDouble.start("memory=1073741824 taken=73741824");

        try (CudaDevice device = CudaDriver.open(0, Long.MAX_VALUE).orElseThrow()) {
            assertThat(device.budget().limit()).isEqualTo(1_000_000_000 - CudaDevice.RESERVE_BYTES);
            device.budget().setLimit(Long.MAX_VALUE);
            assertThat(device.budget().limit()).isEqualTo(1_000_000_000 - CudaDevice.RESERVE_BYTES);
        }
    }

    /** In JVMs of their own: what has failed to load in one stays so, and this one has the double. */
    @Test
    void noDriverIsAReasonEveryTimeAndLeavesNoFile(@TempDir Path temporary) throws Exception {
        List<Process> together = List.of(lookForADriver(temporary), lookForADriver(temporary));

        for (Process process : together) {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(output).isZero();
            // A newer JDK also warns of native code.
            assertThat(output).doesNotContain("Error", "Exception");
            assertThat(output.lines().filter(line -> line.startsWith("not available")))
                    .hasSize(2)
                    .allMatch(line -> line.startsWith("not available because the CUDA driver cannot be loaded: "
                            + "libcuda.so.1: cannot open shared object file"));
        }
        try (Stream<Path> files = Files.list(temporary)) {
            assertThat(files.filter(file -> !file.getFileName().toString().startsWith("hsperf")))
                    .isEmpty();
        }
    }

    private static Process lookForADriver(Path temporary) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=" + temporary,
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        LooksForADriver.class.getName())
                .redirectErrorStream(true)
                .start();
    }

    /** Looks twice, since only the first time is JCuda's failure the original one. */
    static final class LooksForADriver {

        private LooksForADriver() {}

        public static void main(String[] args) {
            System.out.println(CudaDriver.probe(0).text());
            System.out.println(CudaDriver.probe(0).text());
        }
    }
}
