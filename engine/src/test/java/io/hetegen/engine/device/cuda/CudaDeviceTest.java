package io.hetegen.engine.device.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The device as its users see it, on the driver double. */
class CudaDeviceTest {

    private static final int MIB = 1 << 20;

    @ParameterizedTest
    @ValueSource(strings = {"eager", "random", "lazy", "ahead", "clock"})
    void computesInEveryMode(String mode) {
        CudaDouble gpu = CudaDouble.start("mode=" + mode);

        try (CudaDevice device = open()) {
            assertThat(ToyRun.run(device, true)).isEqualTo(ToyRun.expected());
            assertThat(device.budget().used()).isZero();
        }
        assertThat(gpu.left()).isEmpty();
    }

    @Test
    void aMissingWaitIsWrongWhenTheDeviceIsLate() {
        CudaDouble.start("mode=lazy");

        try (CudaDevice device = open()) {
            assertThat(ToyRun.run(device, false)).isNotEqualTo(ToyRun.expected());
        }
    }

    @Test
    void aMissingWaitIsHiddenWhenTheDeviceIsEager() {
        CudaDouble.start("mode=eager");

        try (CudaDevice device = open()) {
            assertThat(ToyRun.run(device, false)).isEqualTo(ToyRun.expected());
        }
    }

    @Test
    void aMissingWaitIsWrongForSomeSeeds() {
        List<Integer> wrong = new ArrayList<>();
        for (int seed = 1; seed <= 20; seed++) {
            CudaDouble.start("mode=random seed=" + seed);
            try (CudaDevice device = open()) {
                assertThat(ToyRun.run(device, true)).isEqualTo(ToyRun.expected());
                if (!Arrays.equals(ToyRun.run(device, false), ToyRun.expected())) {
                    wrong.add(seed);
                }
            }
        }
        assertThat(wrong).hasSizeBetween(1, 19);
    }

    /** The second hazard of a ring: weights that arrive in a place whose former ones are still needed. */
    @ParameterizedTest
    @CsvSource({"ahead, true, true", "ahead, false, false", "lazy, false, true", "eager, false, true"})
    void aCopyThatOvertakesAKernelIsWrongWhenCopiesRunAhead(String mode, boolean copyWaits, boolean right) {
        CudaDouble.start("mode=" + mode);
        try (CudaDevice device = open();
                CudaStream copies = device.stream();
                CudaStream compute = device.stream();
                CudaEvent arrived = device.event();
                CudaEvent used = device.event();
                CudaModule module = device.module(ToyRun.class, "toy");
                KernelArguments arguments = device.arguments(4);
                MappedBuffer weights = device.map(2 * Float.BYTES);
                MappedBuffer y = device.map(Float.BYTES);
                DeviceBuffer slot = device.allocate(Float.BYTES)) {
            weights.view().putFloat(3f).putFloat(5f);
            y.view().putFloat(0f);
            arguments.setLong(0, slot.address(0)).setLong(1, y.deviceAddress(0)).setFloat(2, 1f);
            arguments.setInt(3, 1);
            for (int i = 0; i < 2; i++) {
                if (copyWaits) {
                    copies.waitFor(used);
                }
                copies.copy(weights, i * Float.BYTES, slot, 0, Float.BYTES);
                copies.record(arrived);
                compute.waitFor(arrived);
                compute.launch(module.kernel("toy_add"), LaunchShape.of(1, 32), arguments);
                compute.record(used);
            }
            compute.synchronize();

            assertThat(y.view().getFloat()).isEqualTo(right ? 8f : 10f);
        }
    }

    @Test
    void theBudgetIsHeldAndSaysByHowMuchItIsExceeded() {
        CudaDouble gpu = CudaDouble.start("");
        try (CudaDevice device = CudaDriver.open(0, 10 * MIB).orElseThrow();
                DeviceBuffer first = device.allocate(6 * MIB)) {
            assertThatThrownBy(() -> device.allocate(6 * MIB))
                    .isInstanceOf(OutOfDeviceMemoryException.class)
                    .hasMessage(
                            "the budget of 10485760 bytes of device memory has 4194304 left, and 6291456 were asked "
                                    + "for; raise it or keep less on the GPU");
            assertThat(gpu.stats()).containsEntry("allocations", 1L);

            device.budget().setLimit(4 * MIB);
            assertThat(device.budget().excess()).isEqualTo(2 * MIB);
            assertThat(device.budget().available()).isZero();
            first.close();
            assertThat(device.budget().excess()).isZero();
            device.allocate(4 * MIB).close();
        }
        assertThat(gpu.left()).isEmpty();
    }

    @Test
    void twoEnginesShareADeviceEachWithABudgetOfItsOwn() {
        CudaDouble gpu = CudaDouble.start("mode=lazy memory=1073741824");
        CudaDevice one = CudaDriver.open(0, 300 * MIB).orElseThrow();
        CudaDevice other = CudaDriver.open(0, 300 * MIB).orElseThrow();
        one.allocate(300 * MIB);

        assertThatThrownBy(() -> one.allocate(1)).isInstanceOf(OutOfDeviceMemoryException.class);
        DeviceBuffer survivor = other.allocate(300 * MIB);
        one.close();

        assertThat(gpu.left()).containsExactly("1 allocations", "1 contexts");
        survivor.close();
        assertThat(ToyRun.run(other, true)).isEqualTo(ToyRun.expected());
        other.close();
        assertThat(gpu.left()).isEmpty();
    }

    @Test
    void whatTheDeviceDoesNotHaveIsTheSameErrorAsTheBudgets() {
        CudaDouble gpu = CudaDouble.start("memory=1073741824");
        try (CudaDevice device = CudaDriver.open(0, 700 * MIB).orElseThrow()) {
            gpu.set("taken=800000000");
            assertThatThrownBy(() -> device.allocate(600 * MIB))
                    .isInstanceOf(OutOfDeviceMemoryException.class)
                    .hasMessage("cuMemAlloc failed: CUDA_ERROR_OUT_OF_MEMORY (2); 629145600 bytes were asked for");
            assertThat(device.budget().used()).isZero();
        }
    }

    @Test
    void closingClosesWhatIsLeftAndTwiceIsNoMistake() {
        CudaDouble gpu = CudaDouble.start("mode=lazy");
        CudaDevice device = open();
        MappedBuffer x = device.map(5 * MIB);
        DeviceBuffer y = device.allocate(5 * MIB);
        device.event();
        device.module(ToyRun.class, "toy");
        device.stream().copy(x, 0, y, 0, x.bytes());

        device.close();
        device.close();
        x.close();

        assertThat(gpu.left()).isEmpty();
        assertThat(gpu.stats()).as("copies that were still under way").containsEntry("work", 5L);
        assertThat(gpu.trace()).hasSize(5);
        assertThatThrownBy(() -> device.allocate(1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(x::view).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> y.address(0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void eachThreadIsBoundToTheDevice() {
        CudaDouble.start("");
        try (CudaDevice device = open();
                CudaStream stream = device.stream()) {
            assertThatThrownBy(() ->
                            CompletableFuture.runAsync(stream::synchronize).join())
                    .isInstanceOf(CompletionException.class)
                    .hasRootCauseMessage("cuStreamSynchronize failed: CUDA_ERROR_INVALID_CONTEXT (201); "
                            + "CudaDevice.bindThread() must be called on each thread that uses the device");

            CompletableFuture.runAsync(() -> {
                        device.bindThread();
                        stream.synchronize();
                    })
                    .join();
        }
    }

    @Test
    void copiesGoInPiecesAndComeBackEqual() {
        CudaDouble gpu = CudaDouble.start("mode=lazy");
        try (CudaDevice device = open();
                CudaStream stream = device.stream();
                MappedBuffer in = device.map(3 * MIB);
                MappedBuffer out = device.map(3 * MIB);
                DeviceBuffer buffer = device.allocate(4 * MIB)) {
            ToyRun.fill(in);
            stream.copy(in, 4, buffer, 8, 3 * MIB - 4);
            stream.copy(buffer, 8, out, 0, 3 * MIB - 4);
            stream.synchronize();

            assertThat(out.view().limit(3 * MIB - 4)).isEqualTo(in.view().position(4));
            assertThat(gpu.trace()).extracting(CudaDouble.Traced::bytes).containsOnly((long) MIB, MIB - 4L);
            assertThatThrownBy(() -> stream.copy(in, 4, buffer, 0, 3 * MIB))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> stream.copy(in, 0, buffer, 2 * MIB, 3 * MIB))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void aLostDeviceIsAFatalErrorAndLeavesNothing() {
        CudaDouble gpu = CudaDouble.start("mode=lazy");
        int losses = 0;
        for (int at = 1; at <= 4; at++) {
            gpu = CudaDouble.start("mode=lazy");
            gpu.lose(at, 719);
            try (CudaDevice device = open()) {
                DeviceException error = catchThrowableOfType(DeviceException.class, () -> ToyRun.run(device, true));
                if (error != null) {
                    losses++;
                    assertThat(error.isFatal()).isTrue();
                    assertThat(error.code()).isEqualTo(719);
                    assertThatThrownBy(() -> device.allocate(1)).isInstanceOf(DeviceException.class);
                }
            }
            assertThat(gpu.left()).isEmpty();
        }
        assertThat(losses).as("one copy and two kernels").isEqualTo(3);
    }

    @Test
    void anEventSaysWhenItIsReached() {
        CudaDouble.start("mode=lazy");
        try (CudaDevice device = open();
                CudaStream stream = device.stream();
                CudaEvent event = device.event()) {
            assertThat(event.isReached()).as("never recorded").isTrue();
            stream.record(event);
            assertThat(event.isReached()).isFalse();
            event.synchronize();
            assertThat(event.isReached()).isTrue();
        }
    }

    @Test
    void aKernelThatIsNotThereIsNamed() {
        CudaDouble.start("");
        try (CudaDevice device = open();
                CudaModule module = device.module(ToyRun.class, "toy")) {
            assertThatThrownBy(() -> module.kernel("toy_multiply"))
                    .hasMessage(
                            "cuModuleGetFunction failed: CUDA_ERROR_NOT_FOUND (500); toy_multiply was looked for in toy");
            assertThatThrownBy(() -> device.module(ToyRun.class, "cat"))
                    .hasMessage("there is no cat.sm_80.ptx beside " + ToyRun.class.getName() + " in this build");
            assertThatCode(() -> module.kernel("toy_add").allowSharedBytes(64 << 10))
                    .doesNotThrowAnyException();
        }
    }

    private static CudaDevice open() {
        return CudaDriver.open(0, 64 * MIB).orElseThrow();
    }
}
