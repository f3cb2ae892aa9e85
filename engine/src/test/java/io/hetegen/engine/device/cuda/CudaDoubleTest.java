package io.hetegen.engine.device.cuda;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import io.hetegen.engine.device.cpu.HostMemory;
import java.util.List;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The driver double itself: what it notices, and its clock. */
class CudaDoubleTest {

    private static final int KIB = 1024;
    private static final int MIB = 1 << 20;

    @Test
    void eachCopyDirectionIsOneQueueInVirtualTime() {
        CudaDouble gpu = CudaDouble.start("mode=clock h2d=10 d2h=5 copy-ns=100");
        gpu.cost("toy_copy", 1000, 10, 2, 2);
        try (CudaDevice device = CudaDriver.open(0, 64 * MIB).orElseThrow();
                CudaStream weights = device.stream();
                CudaStream activations = device.stream();
                CudaStream back = device.stream();
                CudaModule module = device.module(ToyRun.class, "toy");
                KernelArguments arguments = device.arguments(3);
                CudaEvent start = device.timedEvent();
                CudaEvent end = device.timedEvent();
                MappedBuffer host = device.map(100 * KIB);
                DeviceBuffer buffer = device.allocate(100 * KIB)) {
            gpu.advance(500);
            weights.record(start);
            weights.copy(host, 0, buffer, 0, 100_000);
            activations.copy(host, 0, buffer, 0, 1000);
            back.copy(buffer, 0, host, 0, 1000);
            arguments
                    .setLong(0, buffer.address(0))
                    .setLong(1, buffer.address(4000))
                    .setInt(2, 1000);
            activations.launch(module.kernel("toy_copy"), LaunchShape.of(8, 128), arguments);
            activations.record(end);
            assertThat(end.isReached()).isFalse();
            end.synchronize();

            assertThat(gpu.trace())
                    .extracting(CudaDouble.Traced::name, CudaDouble.Traced::begin, CudaDouble.Traced::end)
                    .containsExactlyInAnyOrder(
                            tuple("cuMemcpyHtoDAsync", (long) (500), (long) (500 + 100 + 10_000)),
                            tuple("cuMemcpyHtoDAsync", (long) (10_600), (long) (10_600 + 100 + 100)),
                            tuple("cuMemcpyDtoHAsync", (long) (500), (long) (500 + 100 + 200)),
                            tuple("toy_copy", (long) (10_800), (long) (10_800 + 1000 + 8 * 10 + 1000 * 2)));
            assertThat(gpu.clock()).isEqualTo(13_880);
            assertThat(end.millisecondsSince(start)).isEqualTo(0.01338, within(1e-6));
        }
    }

    @Test
    void theHostsOwnWorkRunsBesideTheDevices() {
        CudaDouble gpu = CudaDouble.start("mode=clock h2d=1 copy-ns=0");
        try (CudaDevice device = CudaDriver.open(0, 64 * MIB).orElseThrow();
                CudaStream stream = device.stream();
                MappedBuffer host = device.map(100 * KIB);
                DeviceBuffer buffer = device.allocate(100 * KIB)) {
            stream.copy(host, 0, buffer, 0, 1000);
            gpu.advance(600);
            stream.synchronize();
            assertThat(gpu.clock()).isEqualTo(1000);

            stream.copy(host, 0, buffer, 0, 1000);
            gpu.advance(1600);
            stream.synchronize();
            assertThat(gpu.clock()).isEqualTo(2600);
        }
    }

    @Test
    void freshMemoryIsNotANumberAndEndsWhereItEnds() {
        CudaDouble gpu = CudaDouble.start("mode=lazy");
        try (CudaDevice device = CudaDriver.open(0, 64 * MIB).orElseThrow();
                CudaStream stream = device.stream();
                CudaModule module = device.module(ToyRun.class, "toy");
                KernelArguments arguments = device.arguments(3)) {
            MappedBuffer out = device.map(40);
            DeviceBuffer buffer = device.allocate(40);
            stream.copy(buffer, 0, out, 0, 40);
            stream.synchronize();
            assertThat(out.view().getFloat(36)).isNaN();

            ToyRun.fill(out);
            arguments
                    .setLong(0, out.deviceAddress(0))
                    .setLong(1, buffer.address(4))
                    .setInt(2, 10);
            stream.launch(module.kernel("toy_copy"), LaunchShape.of(1, 32), arguments);
            stream.synchronize();
            buffer.close();
            assertThat(gpu.left()).contains("1 overruns");

            arguments
                    .setLong(0, out.deviceAddress(0))
                    .setLong(1, out.deviceAddress(0))
                    .setInt(2, 100_000);
            stream.launch(module.kernel("toy_copy"), LaunchShape.of(1000, 128), arguments);
            assertThatThrownBy(stream::synchronize).hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS (700)");
        }
    }

    @Test
    void addressesOfTheHostAndOfFreedMemoryAreNotTheDevices() {
        for (boolean freed : List.of(true, false)) {
            CudaDouble.start("mode=lazy");
            try (CudaDevice device = CudaDriver.open(0, 64 * MIB).orElseThrow();
                    CudaStream stream = device.stream();
                    CudaModule module = device.module(ToyRun.class, "toy");
                    KernelArguments arguments = device.arguments(3)) {
                MappedBuffer host = device.map(40);
                DeviceBuffer buffer = device.allocate(40);
                arguments.setLong(0, buffer.address(0));
                arguments.setLong(1, freed ? host.deviceAddress(0) : host.address(0));
                arguments.setInt(2, 10);
                if (freed) {
                    buffer.close();
                }
                CudaKernel kernel = module.kernel("toy_copy");
                assertThatThrownBy(() -> stream.launch(kernel, LaunchShape.of(1, 32), arguments))
                        .hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS (700)");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {11000, 12060, 13000})
    void theShippedTextVersionSuitsEveryDriver(int version) {
        CudaDouble.start("driver=" + version);
        try (CudaDevice device = CudaDriver.open(0, 64 * MIB).orElseThrow()) {
            device.module(ToyRun.class, "toy").close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        ".version 9.0, .target sm_75, u64, CUDA_ERROR_UNSUPPORTED_PTX_VERSION (222)",
        ".version 7.0, .target sm_90, u64, CUDA_ERROR_NO_BINARY_FOR_GPU (209)",
        ".version 7.0, .target sm_75, u32, CUDA_ERROR_INVALID_IMAGE (200)",
        "hello, .target sm_75, u64, CUDA_ERROR_INVALID_IMAGE (200)"
    })
    void aTextThatTheDriverWouldRefuseOrThatIsStaleIsRefused(String version, String target, String type, String error) {
        CudaDouble gpu = CudaDouble.start("driver=12060 capability=86");
        String text = version + "\n" + target + "\n.visible .entry toy_copy(\n .param .u64 a,\n .param ." + type
                + " b,\n .param .u32 c\n)\n{ ret; }\n";
        try (CudaDevice device = CudaDriver.open(0, 64 * MIB).orElseThrow()) {
            assertThatThrownBy(() -> {
                        try (CudaModule module = CudaModule.load(device, "text", text.getBytes(US_ASCII))) {
                            module.kernel("toy_copy");
                        }
                    })
                    .hasMessageContaining(error);
        }
        assertThat(gpu.left()).isEmpty();
    }

    /** The device layer's types do not let it happen, so this asks the driver itself. */
    @ParameterizedTest
    @CsvSource({"refuse, 1", "count, 0"})
    void anAsynchronousCopyOfMemoryThatIsNotLockedIsRefusedOrCounted(String pageable, int code) {
        CudaDouble gpu = CudaDouble.start("pageable=" + pageable);
        try (CudaDevice device = CudaDriver.open(0, 64 * MIB).orElseThrow();
                HostMemory memory = HostMemory.allocate(40);
                DeviceBuffer buffer = device.allocate(40)) {
            CUstream stream = new CUstream();
            JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING);
            assertThat(JCudaDriver.cuMemcpyHtoDAsync(
                            DevicePointer.at(buffer.address(0)), new HostPointer(memory.address()), 40, stream))
                    .isEqualTo(code);
            JCudaDriver.cuStreamDestroy(stream);
        }
        assertThat(gpu.count("pageable")).isEqualTo(1);
    }

    @Test
    void anUnknownCommandIsAnError() {
        CudaDouble.start("");
        assertThatThrownBy(() -> CudaDouble.start("colour=green")).hasMessage("no setting 'colour'");
        assertThatThrownBy(() -> CudaDouble.start("mode=slow")).hasMessage("no mode 'slow'");
    }
}
