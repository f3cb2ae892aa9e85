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
        String best = InstructionSet.ofArchitecture().stream()
                .filter(set -> set.handle() != 0)
                .map(InstructionSet::kernelName)
                .reduce("reference", (slower, faster) -> faster);

        assertThat(KernelChoice.make(null, NativeLibrary.problem()).name()).isEqualTo(best);
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
        assertThatThrownBy(() -> KernelChoice.make("avx1024", NativeLibrary.problem()))
                .isInstanceOf(ModelException.class)
                .hasMessage(
                        "the system property hetegen.kernels must be one of reference, avx2, avx512, neon, is 'avx1024'");
    }

    @Test
    void refusesWhatIsNotBuiltInsteadOfTakingAnother() {
        String set = InstructionSet.ofArchitecture().get(0).kernelName();

        assertThatThrownBy(() -> KernelChoice.make(set, NONE))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("'" + set + "'", NONE, "available: reference");
    }

    @Test
    void refusesWhatIsForAnotherArchitectureAndNamesIt() {
        boolean arm = InstructionSet.ofArchitecture().contains(InstructionSet.NEON);
        String foreign = arm ? "avx512" : "neon";

        assertThatThrownBy(() -> KernelChoice.make(foreign, NativeLibrary.problem()))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(
                        "'" + foreign + "'",
                        "they are for " + (arm ? "amd64" : "aarch64"),
                        System.getProperty("os.arch"),
                        "available: reference");
    }
}
