package io.hetegen.engine.kernel;

import io.hetegen.engine.device.cpu.NativeLibrary;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/** Every implementation of {@link Kernels} that this machine can run: each has to pass each test of the arithmetic. */
public final class KernelSets {

    private KernelSets() {}

    public static Stream<Named<Kernels>> all() {
        List<Named<Kernels>> sets = new ArrayList<>();
        sets.add(Named.of("reference", new ReferenceKernels()));
        if (NativeLibrary.problem() == null) {
            InstructionSet.ofArchitecture().stream()
                    .filter(set -> set.handle() != 0)
                    .forEach(set -> sets.add(Named.of(set.kernelName(), new NativeKernels(set.handle()))));
        }
        return sets.stream();
    }
}
