package io.hetegen.engine.kernel;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.device.cpu.NativeLibrary;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The CPU kernels that a process computes with, and why. All give the same bits; the system property
 * {@value #PROPERTY} asks for one by name.
 *
 * @param name {@code reference}, {@code avx2}, {@code avx512} or {@code neon}
 * @param reason for people, in a few words
 */
public record KernelChoice(String name, String reason, Kernels kernels) {

    public static final String PROPERTY = "hetegen.kernels";

    private static final String REFERENCE = "reference";

    /** @throws ModelException if the property names kernels that there are none of, or that cannot run here */
    public static KernelChoice make() {
        return make(System.getProperty(PROPERTY), NativeLibrary.problem());
    }

    static KernelChoice make(@Nullable String wanted, @Nullable String libraryProblem) {
        List<InstructionSet> runnable = libraryProblem != null
                ? List.of()
                : InstructionSet.ofArchitecture().stream()
                        .filter(set -> set.handle() != 0)
                        .toList();
        if (wanted != null) {
            return named(wanted, runnable, libraryProblem);
        }
        if (runnable.isEmpty()) {
            return reference("no native ones: " + (libraryProblem != null ? libraryProblem : whyNone()));
        }
        return nativeChoice(runnable.get(runnable.size() - 1), "the best that this CPU runs");
    }

    private static KernelChoice named(String wanted, List<InstructionSet> runnable, @Nullable String libraryProblem) {
        String reason = "asked for by " + PROPERTY;
        if (wanted.equals(REFERENCE)) {
            return reference(reason);
        }
        InstructionSet set = Stream.of(InstructionSet.values())
                .filter(known -> known.kernelName().equals(wanted))
                .findFirst()
                .orElseThrow(() -> new ModelException("the system property " + PROPERTY + " must be one of "
                        + names(List.of(InstructionSet.values())) + ", is '" + wanted + "'"));
        if (!runnable.contains(set)) {
            boolean unbuilt =
                    libraryProblem != null && InstructionSet.ofArchitecture().contains(set);
            throw new ModelException("the kernels '" + wanted + "' that the system property " + PROPERTY
                    + " asks for cannot run here: " + (unbuilt ? libraryProblem : set.whyNot()) + "; available: "
                    + names(runnable));
        }
        return nativeChoice(set, reason);
    }

    private static KernelChoice reference(String reason) {
        return new KernelChoice(REFERENCE, reason, new ReferenceKernels());
    }

    private static KernelChoice nativeChoice(InstructionSet set, String reason) {
        return new KernelChoice(set.kernelName(), reason, new NativeKernels(set.handle()));
    }

    /** Why a machine runs none of a library that was built for it: it lacks what the slowest needs. */
    private static String whyNone() {
        return InstructionSet.ofArchitecture().get(0).whyNot();
    }

    private static String names(List<InstructionSet> sets) {
        return Stream.concat(Stream.of(REFERENCE), sets.stream().map(InstructionSet::kernelName))
                .collect(Collectors.joining(", "));
    }
}
