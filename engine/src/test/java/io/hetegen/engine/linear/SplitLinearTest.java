package io.hetegen.engine.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.kernel.Activations;
import io.hetegen.engine.kernel.EveryKernelSet;
import io.hetegen.engine.kernel.Kernels;
import io.hetegen.engine.kernel.LinearSpecification;
import io.hetegen.engine.plan.GroupKind;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.RandomWeights;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import io.hetegen.engine.tensor.TilePacker;
import io.hetegen.engine.tensor.WeightArena;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Matrices of different types and sizes side by side, also where their activations are quantized differently, with and
 * without bias, for any number of threads and tokens.
 */
class SplitLinearTest {

    private static final int COLUMNS = 768;
    private static final int[] ROWS = {300, 17, 1, 40};
    private static final DType[] TYPES = {DType.F16, DType.Q8_0, DType.F32, DType.Q4_K};

    private final WeightArena arena = new WeightArena();
    private final SplittableRandom random = new SplittableRandom(2);

    @AfterEach
    void close() {
        arena.close();
    }

    @EveryKernelSet
    void everyLinearIsComputedWhole(Kernels kernels) {
        byte[][] files = new byte[ROWS.length][];
        float[][] biases = {randomFloats(ROWS[0]), randomFloats(ROWS[1]), null, null};
        Linear[] linears = new Linear[ROWS.length];
        for (int i = 0; i < ROWS.length; i++) {
            files[i] = RandomWeights.bytes(TYPES[i], ROWS[i], COLUMNS, random);
            linears[i] = new Linear("w" + i, pack(files[i], TYPES[i], ROWS[i], COLUMNS), biases[i]);
        }
        for (int threads : new int[] {1, 2, 3}) {
            try (ThreadTeam team = new ThreadTeam(threads)) {
                Compute compute = new Compute(kernels, team);
                for (int tokens : new int[] {1, 9, 20}) {
                    float[] x = randomFloats(tokens * COLUMNS);
                    Activations activations = new Activations().resize(tokens, COLUMNS);
                    System.arraycopy(x, 0, activations.values(), 0, x.length);
                    float[][] outputs = new float[ROWS.length][];
                    Arrays.setAll(outputs, i -> new float[tokens * ROWS[i]]);
                    SplitLinear group = new SplitLinear(GroupKind.QUERY_KEY_VALUE, linears);
                    group.precede(group);
                    group.forward(activations, tokens, compute, outputs);
                    // Again, now that threads have read ahead.
                    group.forward(activations, tokens, compute, outputs);
                    for (int i = 0; i < ROWS.length; i++) {
                        LinearSpecification matrix = new LinearSpecification(files[i], TYPES[i], COLUMNS);
                        assertThat(outputs[i]).isEqualTo(expected(matrix, ROWS[i], x, tokens, biases[i]));
                    }
                }
            }
        }
    }

    private static float[] expected(LinearSpecification matrix, int rows, float[] x, int tokens, float[] bias) {
        float[] y = new float[tokens * rows];
        for (int token = 0; token < tokens; token++) {
            float[] input = Arrays.copyOfRange(x, token * COLUMNS, (token + 1) * COLUMNS);
            for (int row = 0; row < rows; row++) {
                float product = matrix.product(row, input);
                y[token * rows + row] = bias == null ? product : product + bias[row];
            }
        }
        return y;
    }

    @Test
    void whatDoesNotFitIsRefused() {
        RowTiles w = pack(RandomWeights.bytes(DType.F32, 17, COLUMNS, random), DType.F32, 17, COLUMNS);
        assertThatThrownBy(() -> new Linear("w", w, new float[16]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("w: a bias of 16 does not fit 17 rows of weights");
        RowTiles narrow = pack(new byte[4], DType.F32, 1, 1);
        assertThatThrownBy(() -> new SplitLinear(GroupKind.OUTPUT, new Linear("w", w), new Linear("v", narrow)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("one input size");
    }

    /** A piece of locked memory, which holds the activations of a pass, has 1 GiB. */
    @Test
    void aPassOnTheGpuIsAsLargeAsItsMemory() {
        RowTiles w = pack(RandomWeights.bytes(DType.F32, 17, COLUMNS, random), DType.F32, 17, COLUMNS);
        List<SplitLinear> groups = List.of(new SplitLinear(GroupKind.OUTPUT, new Linear("w", w)));
        assertThat(GpuActivations.mostTokens(groups)).isEqualTo((1 << 28) / COLUMNS);
    }

    private RowTiles pack(byte[] file, DType dtype, int rows, int columns) {
        try (ThreadTeam team = new ThreadTeam(1)) {
            return new TilePacker(arena, team)
                    .pack(
                            new TileLayout(dtype, rows, columns),
                            (offset, target) -> target.put(file, Math.toIntExact(offset), target.remaining()),
                            sha256());
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private float[] randomFloats(int count) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) (random.nextDouble() - 0.5) * 4;
        }
        return x;
    }
}
