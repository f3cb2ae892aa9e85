package io.hetegen.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.KvType;
import io.hetegen.engine.kernel.Kernels.AttentionBlock;
import io.hetegen.engine.tensor.KvPage;
import io.hetegen.engine.tensor.KvPages;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;

/** Sections 9 and 10 of docs/arithmetic.md. */
class AttentionTest {

    private static final int[] HEAD_DIMS = {8, 15, 16, 17, 32, 64, 80, 128};
    private static final int[] POSITIONS = {1, 2, 15, 16, 17, 31, 63, 64, 65, 127, 128, 129, 130, 200};
    /** First position and number of tokens. */
    private static final int[][] BLOCKS = {
        {0, 2}, {0, 16}, {0, 17}, {3, 15}, {47, 18}, {63, 2}, {64, 16}, {60, 75}, {127, 3}
    };

    private static final int KEY_VALUE_HEADS = 2;
    private static final int FIRST_ROW = 1;
    private static final float UNTOUCHED = 7;

    private final SplittableRandom random = new SplittableRandom(10);
    private final Scratch scratch = new Scratch();
    private final KvPages memory = new KvPages();

    @AfterEach
    void close() {
        memory.close();
    }

    @EveryKernelSet
    void oneToken(Kernels kernels) {
        for (int headDim : HEAD_DIMS) {
            for (KvType type : KvType.values()) {
                for (int positions : POSITIONS) {
                    Case one = new Case(headDim, 1 + positions % 4, type, positions - 1, 1, 4);
                    check(kernels, one);
                }
            }
        }
    }

    @EveryKernelSet
    void blocksOfTokens(Kernels kernels) {
        for (int headDim : new int[] {8, 15, 32}) {
            for (KvType type : KvType.values()) {
                for (int[] block : BLOCKS) {
                    check(kernels, new Case(headDim, 3, type, block[0], block[1], 4));
                }
            }
        }
    }

    /** Scores so far apart that most weights are 0 and a late chunk's maximum wipes the earlier ones out. */
    @EveryKernelSet
    void steepScores(Kernels kernels) {
        for (int headDim : HEAD_DIMS) {
            check(kernels, new Case(headDim, 2, KvType.F32, 195, 5, 300));
            check(kernels, new Case(headDim, 2, KvType.F16, 195, 5, 300));
        }
    }

    /** Keys and values beyond the range of F16, infinite scores and NaN. */
    @EveryKernelSet
    void extremeValues(Kernels kernels) {
        float[] extremes = {1e5f, 65519f, 65520f, 1e-7f, 1e-8f, -0f, 1e38f, Float.POSITIVE_INFINITY, Float.NaN};
        for (float extreme : extremes) {
            for (KvType type : KvType.values()) {
                for (int at : new int[] {0, 15, 63, 64, 80}) {
                    Case one = new Case(17, 2, type, 81, 2, 4);
                    Data data = data(one);
                    data.keys[at][3] = extreme;
                    check(kernels, one, data);
                    data = data(one);
                    data.values[at][17 + 5] = extreme;
                    check(kernels, one, data);
                }
            }
        }
    }

    private record Case(int headDim, int heads, KvType type, int firstPosition, int tokens, double magnitude) {

        int end() {
            return firstPosition + tokens;
        }

        int rowSize() {
            return KEY_VALUE_HEADS * heads * headDim;
        }
    }

    /** Keys and values as [position][head and element], queries as [row]. */
    private record Data(float[][] keys, float[][] values, float[] queries) {}

    private Data data(Case one) {
        float[][] keys = new float[one.end()][];
        float[][] values = new float[one.end()][];
        for (int p = 0; p < one.end(); p++) {
            keys[p] = randomFloats(KEY_VALUE_HEADS * one.headDim, one.magnitude);
            values[p] = randomFloats(KEY_VALUE_HEADS * one.headDim, 2);
        }
        return new Data(keys, values, randomFloats((FIRST_ROW + one.tokens + 1) * one.rowSize(), 4));
    }

    private void check(Kernels kernels, Case one) {
        check(kernels, one, data(one));
    }

    private void check(Kernels kernels, Case one, Data data) {
        float[] output = new float[data.queries.length];
        Arrays.fill(output, UNTOUCHED);
        float[] expected = output.clone();
        List<KvPage> pages = pages(one, data);
        for (int head = 0; head < KEY_VALUE_HEADS; head++) {
            AttentionBlock block = new AttentionBlock(
                    head, one.heads, one.headDim, one.rowSize(), FIRST_ROW, one.firstPosition, one.tokens);
            kernels.attention(block, pages, data.queries, output, scratch);
        }
        for (int token = 0; token < one.tokens; token++) {
            for (int head = 0; head < KEY_VALUE_HEADS * one.heads; head++) {
                int at = (FIRST_ROW + token) * one.rowSize() + head * one.headDim;
                float[] query = Arrays.copyOfRange(data.queries, at, at + one.headDim);
                float[] y = Specification.attention(
                        query,
                        ofHead(data.keys, head / one.heads, one),
                        ofHead(data.values, head / one.heads, one),
                        one.firstPosition + token);
                System.arraycopy(y, 0, expected, at, one.headDim);
            }
        }
        assertThat(output).as("%s", one).isEqualTo(expected);
    }

    private static float[][] ofHead(float[][] rows, int head, Case one) {
        float[][] part = new float[rows.length][];
        Arrays.setAll(
                part,
                p -> Specification.rounded(
                        Arrays.copyOfRange(rows[p], head * one.headDim, (head + 1) * one.headDim), one.type));
        return part;
    }

    /** What lies behind the last position is NaN, in its page and in one more: no query may see it. */
    private List<KvPage> pages(Case one, Data data) {
        List<KvPage> pages = new ArrayList<>();
        float[] nan = new float[KEY_VALUE_HEADS * one.headDim];
        Arrays.fill(nan, Float.NaN);
        for (int p = 0; p < (one.end() / KvPage.POSITIONS + 1) * KvPage.POSITIONS; p++) {
            if (p % KvPage.POSITIONS == 0) {
                pages.add(memory.add(one.type, KEY_VALUE_HEADS, one.headDim));
            }
            boolean filled = p < one.end();
            pages.get(p / KvPage.POSITIONS)
                    .put(
                            p % KvPage.POSITIONS,
                            KEY_VALUE_HEADS,
                            filled ? data.keys[p] : nan,
                            0,
                            filled ? data.values[p] : nan,
                            0);
        }
        return pages;
    }

    private float[] randomFloats(int count, double magnitude) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) ((random.nextDouble() - 0.5) * magnitude);
        }
        return x;
    }
}
