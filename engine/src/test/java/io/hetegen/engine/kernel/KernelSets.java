package io.hetegen.engine.kernel;

import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/** Every implementation of {@link Kernels} that this machine can run: each has to pass each test of the arithmetic. */
public final class KernelSets {

    private KernelSets() {}

    public static Stream<Named<Kernels>> all() {
        return Stream.of(Named.of("reference", new ReferenceKernels()));
    }
}
