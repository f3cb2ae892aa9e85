package io.hetegen.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.device.cpu.NativeLibrary;
import org.junit.jupiter.api.Test;

class KernelChoiceTest {

    private static final String NONE = "this build has none for linux-riscv64";

    @Test
    void takesTheBestThatTheMachineRuns() {
        assumeTrue(NativeLibrary.problem() == null, "the native library is not built");
        String best = NativeCalls.avx512() != 0 ? "avx512" : NativeCalls.avx2() != 0 ? "avx2" : "reference";

        assertThat(KernelChoice.make(null, null).name()).isEqualTo(best);
    }

    @Test
    void computesInJavaWithoutALibraryAndSaysWhy() {
        KernelChoice choice = KernelChoice.make(null, NONE);

        assertThat(choice.name()).isEqualTo("reference");
        assertThat(choice.reason()).contains(NONE);
        assertThat(choice.kernels()).isInstanceOf(ReferenceKernels.class);
    }

    @Test
    void obeysTheProperty() {
        KernelChoice choice = KernelChoice.make("reference", NativeLibrary.problem());

        assertThat(choice.kernels()).isInstanceOf(ReferenceKernels.class);
        assertThat(choice.reason()).contains("hetegen.kernels");
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        assertThatThrownBy(() -> KernelChoice.make("avx1024", null))
                .isInstanceOf(ModelException.class)
                .hasMessage("the system property hetegen.kernels must be reference, avx2 or avx512, is 'avx1024'");
    }

    @Test
    void refusesWhatCannotRunHereInsteadOfTakingAnother() {
        assertThatThrownBy(() -> KernelChoice.make("avx2", NONE))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("'avx2'", NONE, "available: reference");
    }
}
