package io.hetegen.engine.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.device.cuda.CudaBlas.Operand;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CudaBlasTest {

    private static final int MIB = 1 << 20;
    private static final int ROWS = 3;
    private static final int TOKENS = 2;
    private static final int COLUMNS = 5;
    private static final int STRIDE = 8;

    private static CudaDevice open() {
        return CudaDriver.open(0, 64 * MIB).orElseThrow();
    }

    /** Whole numbers, so that no order of the sums matters; strides that are not the sizes. */
    @ParameterizedTest
    @ValueSource(strings = {"eager", "random", "lazy"})
    void multipliesWhereItsStreamIs(String mode) {
        CudaDouble gpu = CudaDouble.start("mode=" + mode);
        try (CudaDevice device = open()) {
            CudaStream stream = device.stream();
            CudaBlas blas = device.blas(stream, device.allocate(MIB));
            assertThat(blas.version()).isEqualTo("12.6");
            MappedBuffer host = device.map((ROWS + TOKENS) * STRIDE * Float.BYTES);
            for (int i = 0; i < (ROWS + TOKENS) * STRIDE; i++) {
                host.view().putFloat(i * Float.BYTES, i % STRIDE < COLUMNS ? i : Float.NaN);
            }
            DeviceBuffer operands = device.allocate(host.bytes());
            DeviceBuffer y = device.allocate(TOKENS * ROWS * Float.BYTES);
            MappedBuffer result = device.map(y.bytes());
            stream.copy(host, 0, operands, 0, host.bytes());
            long x = operands.address(ROWS * STRIDE * Float.BYTES);
            blas.multiply(
                    Operand.F32, ROWS, TOKENS, COLUMNS, operands.address(0), STRIDE, x, STRIDE, y.address(0), ROWS);
            stream.copy(y, 0, result, 0, y.bytes());
            stream.synchronize();
            for (int token = 0; token < TOKENS; token++) {
                for (int row = 0; row < ROWS; row++) {
                    float expected = 0;
                    for (int i = 0; i < COLUMNS; i++) {
                        expected += (row * STRIDE + i) * ((ROWS + token) * STRIDE + i);
                    }
                    assertThat(result.view().getFloat((token * ROWS + row) * Float.BYTES))
                            .isEqualTo(expected);
                }
            }
            blas.close();
            assertThat(gpu.count("blas")).isZero();
        }
        assertThat(gpu.left()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"cublasCreate, 3", "cublasSetStream, 1", "cublasSetWorkspace, 7", "cublasGetVersion, 14"})
    void whatFailsOnTheWayLeavesNothing(String function, int code) {
        CudaDouble gpu = CudaDouble.start("mode=lazy");
        gpu.fail(function, 1, code);
        try (CudaDevice device = open()) {
            CudaStream stream = device.stream();
            DeviceBuffer workspace = device.allocate(MIB);
            assertThatThrownBy(() -> device.blas(stream, workspace))
                    .isInstanceOf(BlasException.class)
                    .hasMessageStartingWith(function + " failed: CUBLAS_STATUS_")
                    .hasMessageEndingWith(" (" + code + ")");
            assertThat(gpu.count("blas")).isZero();
            device.blas(stream, workspace).close();
        }
        assertThat(gpu.left()).isEmpty();
    }

    @Test
    void aProductThatFailsIsNoLossOfTheDevice() {
        CudaDouble gpu = CudaDouble.start("mode=lazy");
        gpu.fail("cublasGemmEx", 1, 13);
        try (CudaDevice device = open()) {
            CudaStream stream = device.stream();
            CudaBlas blas = device.blas(stream, device.allocate(MIB));
            long at = device.allocate(4096).address(0);
            assertThatThrownBy(() -> blas.multiply(Operand.F16, 1, 1, 1, at, 8, at, 8, at + 64, 1))
                    .isInstanceOf(BlasException.class)
                    .hasMessage("cublasGemmEx failed: CUBLAS_STATUS_EXECUTION_FAILED (13)");
            blas.multiply(Operand.F16, 1, 1, 1, at, 8, at, 8, at + 64, 1);
            stream.synchronize();
        }
        assertThat(gpu.left()).isEmpty();
    }

    /** In a JVM of its own, where nothing has loaded the double of cuBLAS. */
    @Test
    void aMachineWithoutItSaysWhatIsMissing() throws Exception {
        CudaDouble.start("");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-D" + CudaDouble.WITHOUT_BLAS + "=true",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        LooksForBlas.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output.lines().filter(line -> line.startsWith("cuBLAS")))
                .hasSize(2)
                .allMatch(line ->
                        line.startsWith("cuBLAS cannot be loaded: libcublas.so.12: cannot open shared object file"));
    }

    /** Looks twice, since only the first time is JCuda's failure the original one. */
    static final class LooksForBlas {

        private LooksForBlas() {}

        public static void main(String[] args) {
            CudaDouble gpu = CudaDouble.start("mode=lazy");
            try (CudaDevice device = open()) {
                CudaStream stream = device.stream();
                DeviceBuffer workspace = device.allocate(MIB);
                for (int i = 0; i < 2; i++) {
                    try {
                        device.blas(stream, workspace);
                    } catch (BlasException e) {
                        System.out.println(e.getMessage());
                    }
                }
            }
            assertThat(gpu.left()).isEmpty();
        }
    }
}
