package io.hetegen.engine.model;

import io.hetegen.engine.kernel.Kernels;
import io.hetegen.engine.kernel.RopePairs;
import io.hetegen.engine.tensor.KvPage;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rotary position embedding (Su et al., 2021) from tables that grow with the positions asked for. */
final class RotaryEmbedding {

    private static final int POSITIONS = KvPage.POSITIONS;

    private final int pairs;
    private final RopePairs kind;
    private final double linearFactor;
    private final double[] frequencies;
    private final List<float[]> tables = new ArrayList<>();

    /** @param divisors of the frequencies, one per pair, or null for none */
    RotaryEmbedding(ModelConfig.RopeConfig rope, RopePairs kind, float @Nullable [] divisors) {
        this.kind = kind;
        pairs = rope.dimensions() / 2;
        linearFactor = rope.linearFactor();
        frequencies = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            double divisor = divisors == null ? 1 : divisors[i];
            frequencies[i] = 1 / StrictMath.pow(rope.theta(), 2.0 * i / rope.dimensions()) / divisor;
        }
    }

    /** Makes the tables of all positions below {@code end}; before {@link #rotate} and not at the same time. */
    void prepare(int end) {
        while (tables.size() * POSITIONS < end) {
            tables.add(table(tables.size() * POSITIONS));
        }
    }

    /** Rotates the heads of one token in place. */
    void rotate(Kernels kernels, float[] x, int offset, int heads, int headDim, int position) {
        float[] table = tables.get(position / POSITIONS);
        for (int head = 0; head < heads; head++) {
            kernels.rope(x, offset + head * headDim, table, position % POSITIONS * 2 * pairs, pairs, kind);
        }
    }

    /** How many pairs of a head's elements are rotated. */
    int pairs() {
        return pairs;
    }

    RopePairs kind() {
        return kind;
    }

    /** Cosine and sine of each pair at a position, for {@link #prepare prepared} ones. */
    void copyAngles(int position, FloatBuffer target) {
        target.put(tables.get(position / POSITIONS), position % POSITIONS * 2 * pairs, 2 * pairs);
    }

    private float[] table(int firstPosition) {
        float[] table = new float[POSITIONS * 2 * pairs];
        for (int p = 0; p < POSITIONS; p++) {
            for (int i = 0; i < pairs; i++) {
                double angle = (firstPosition + p) / linearFactor * frequencies[i];
                table[(p * pairs + i) * 2] = (float) StrictMath.cos(angle);
                table[(p * pairs + i) * 2 + 1] = (float) StrictMath.sin(angle);
            }
        }
        return table;
    }
}
