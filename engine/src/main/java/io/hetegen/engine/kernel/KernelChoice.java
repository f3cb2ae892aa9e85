package io.hetegen.engine.kernel;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.device.cpu.NativeLibrary;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The CPU kernels that a process computes with, and why. All give the same bits; the system property
 * {@value #PROPERTY} asks for one by name.
 *
 * @param name {@code reference}, {@code avx2} or {@code avx512}
 * @param reason for people, in a few words
 */
public record KernelChoice(String name, String reason, Kernels kernels) {

    public static final String PROPERTY = "hetegen.kernels";

    private static final String REFERENCE = "reference";

    /** Slowest first. */
    private static final List<String> NATIVE = List.of("avx2", "avx512");

    /** @throws ModelException if the property names kernels that there are none of, or that cannot run here */
    public static KernelChoice make() {
        return make(System.getProperty(PROPERTY), NativeLibrary.problem());
    }

    static KernelChoice make(@Nullable String wanted, @Nullable String libraryProblem) {
        if (wanted != null && !wanted.equals(REFERENCE) && !NATIVE.contains(wanted)) {
            throw new ModelException(
                    "the system property " + PROPERTY + " must be reference, avx2 or avx512, is '" + wanted + "'");
        }
        List<String> available = new ArrayList<>(List.of(REFERENCE));
        if (libraryProblem == null) {
            NATIVE.stream().filter(name -> handle(name) != 0).forEach(available::add);
        }
        if (wanted == null) {
            String best = available.get(available.size() - 1);
            return new KernelChoice(best, reason(best, libraryProblem), kernels(best));
        }
        if (!available.contains(wanted)) {
            String why = libraryProblem == null ? "this CPU does not have the instructions" : libraryProblem;
            throw new ModelException("the kernels '" + wanted + "' that the system property " + PROPERTY
                    + " asks for cannot run here: " + why + "; available: " + String.join(", ", available));
        }
        return new KernelChoice(wanted, "asked for by " + PROPERTY, kernels(wanted));
    }

    private static String reason(String best, @Nullable String libraryProblem) {
        if (libraryProblem != null) {
            return "no native ones: " + libraryProblem;
        }
        return best.equals(REFERENCE) ? "no native ones: this CPU has no AVX2" : "the best that this CPU runs";
    }

    private static Kernels kernels(String name) {
        return name.equals(REFERENCE) ? new ReferenceKernels() : new NativeKernels(handle(name));
    }

    private static long handle(String name) {
        return name.equals("avx512") ? NativeCalls.avx512() : NativeCalls.avx2();
    }
}
