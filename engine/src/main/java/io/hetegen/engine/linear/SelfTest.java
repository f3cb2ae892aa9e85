package io.hetegen.engine.linear;

import io.hetegen.engine.kernel.Activations;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** All linears of a model on their real weights, with and without the GPU: whether a bit differs. */
final class SelfTest {

    /** By these the GPU chooses between its kernels for decode and for prefill. */
    static final List<Integer> TOKENS = List.of(1, 9);

    private SelfTest() {}

    /** In words. A pass over so many tokens has begun. */
    static Optional<String> firstFault(List<SplitLinear> groups, int tokens, Compute compute) {
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
                // The payload of a NaN is nobody's promise.
                int at = Arrays.mismatch(split[i], alone[i]);
                if (at >= 0) {
                    return Optional.of(describe(group.linears().get(i), at, split[i][at], alone[i][at]));
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
