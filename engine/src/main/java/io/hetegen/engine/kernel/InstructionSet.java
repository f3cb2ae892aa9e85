package io.hetegen.engine.kernel;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** An instruction set that there are native kernels for; those of one architecture slowest first. */
enum InstructionSet {
    AVX2("amd64", "AVX2, FMA and F16C"),
    AVX512("amd64", "AVX-512 F, BW, VL, DQ and VNNI"),
    NEON("aarch64", "the dot products of ARMv8.2");

    private static final String ARCHITECTURE = System.getProperty("os.arch");

    private final String architecture;
    private final String needs;

    InstructionSet(String architecture, String needs) {
        this.architecture = architecture;
        this.needs = needs;
    }

    /** Those of this machine's architecture, whether its CPU has them or not. */
    static List<InstructionSet> ofArchitecture() {
        return Stream.of(values())
                .filter(set -> set.architecture.equals(ARCHITECTURE))
                .toList();
    }

    /** What people call its kernels. */
    String kernelName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** For {@link NativeKernels}; 0 if this machine cannot run them. Not to be called without the native library. */
    long handle() {
        return NativeCalls.kernels(kernelName());
    }

    /** Why this machine does not run its kernels. */
    String whyNot() {
        return architecture.equals(ARCHITECTURE)
                ? "this CPU or its operating system does not have " + needs
                : "they are for " + architecture + ", this JVM is for " + ARCHITECTURE;
    }
}
