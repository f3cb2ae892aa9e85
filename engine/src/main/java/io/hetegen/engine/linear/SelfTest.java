package io.hetegen.engine.linear;

import io.hetegen.engine.kernel.Activations;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** All linears of a model on their real weights, with and without the GPU: whether a bit differs, or too much. */
final class SelfTest {

    /** By these the GPU chooses between its kernels for decode and for prefill. */
    static final List<Integer> TOKENS = List.of(1, 9);

    /** Of fast products: the energy of their errors in that of the results. BF16 inputs alone give 1e-6. */
    private static final double TOLERANCE = 1e-4;

    private SelfTest() {}

    /** What was multiplied with a GPU and without, for a linear. */
    private interface Comparison {
        Optional<String> fault(Linear linear, float[] split, float[] alone);
    }

    /** In words. A pass over so many tokens has begun. */
    static Optional<String> firstFault(List<SplitLinear> groups, int tokens, Compute compute) {
        return first(groups, tokens, compute, (linear, split, alone) -> {
            // The payload of a NaN is nobody's promise.
            int at = Arrays.mismatch(split, alone);
            return at < 0 ? Optional.empty() : Optional.of(describe(linear, at, split[at], alone[at]));
        });
    }

    /** The same where results may differ a little. */
    static Optional<String> firstError(List<SplitLinear> groups, int tokens, Compute compute) {
        return first(groups, tokens, compute, (linear, split, alone) -> {
            double error = 0;
            double energy = 0;
            for (int i = 0; i < alone.length; i++) {
                error += Math.pow((double) split[i] - alone[i], 2);
                energy += Math.pow(alone[i], 2);
            }
            // Not the other way round: NaN has to fail.
            return error <= TOLERANCE * energy
                    ? Optional.empty()
                    : Optional.of(String.format(
                            "%s (%s, %d x %d) is off by %.1e of its energy, %.1e was expected at most",
                            linear.name(),
                            linear.dtype(),
                            linear.outputSize(),
                            linear.inputSize(),
                            error / energy,
                            TOLERANCE));
        });
    }

    private static Optional<String> first(
            List<SplitLinear> groups, int tokens, Compute compute, Comparison comparison) {
        SplittableRandom random = new SplittableRandom(tokens);
        for (SplitLinear group : groups) {
            Activations x = new Activations().resize(tokens, group.inputSize());
            for (int i = 0; i < tokens * group.inputSize(); i++) {
                x.values()[i] = (float) random.nextDouble(-1, 1);
            }
            float[][] split = outputs(group, tokens);
            float[][] alone = outputs(group, tokens);
            group.forward(x, tokens, compute, split);
            group.forwardOnCpu(x, tokens, compute, alone);
            for (int i = 0; i < split.length; i++) {
                Optional<String> fault = comparison.fault(group.linears().get(i), split[i], alone[i]);
                if (fault.isPresent()) {
                    return fault;
                }
            }
        }
        return Optional.empty();
    }

    private static float[][] outputs(SplitLinear group, int tokens) {
        return group.linears().stream()
                .map(linear -> new float[Math.multiplyExact(tokens, linear.outputSize())])
                .toArray(float[][]::new);
    }

    private static String describe(Linear linear, int at, float split, float alone) {
        return String.format(
                "%s (%s, %d x %d) has %s in row %d of token %d, and %s on the CPU alone",
                linear.name(),
                linear.dtype(),
                linear.outputSize(),
                linear.inputSize(),
                split,
                at % linear.outputSize(),
                at / linear.outputSize(),
                alone);
    }
}
