package io.hetegen.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.Float16;
import io.hetegen.engine.tensor.RandomWeights;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import io.hetegen.engine.tensor.TilePacker;
import io.hetegen.engine.tensor.WeightArena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Packed products against sections 2 to 4 of docs/arithmetic.md, written out on the file's bytes. */
class MultiplyTest {

    private static final int[] ROWS = {1, 15, 16, 17, 33};
    private static final int[] BLOCK_COLUMNS = {32, 64, 480, 512, 544, 1056};
    private static final int[] ODD_COLUMNS = {1, 31, 513, 515};

    private final Kernels kernels = new ReferenceKernels();
    private final ThreadTeam team = new ThreadTeam(2);
    private final WeightArena arena = new WeightArena();
    private final SplittableRandom random = new SplittableRandom(11);

    @AfterEach
    void close() {
        arena.close();
        team.close();
    }

    static Stream<Arguments> shapes() {
        return Stream.of(DType.values())
                .flatMap(dtype -> IntStream.of(ROWS)
                        .boxed()
                        .flatMap(rows -> IntStream.concat(
                                        IntStream.of(BLOCK_COLUMNS),
                                        dtype.blockSize() == 1 ? IntStream.of(ODD_COLUMNS) : IntStream.empty())
                                .mapToObj(columns -> Arguments.of(dtype, rows, columns))));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void equalsTheSpecification(DType dtype, int rows, int columns) {
        int tokens = 3;
        byte[] file = RandomWeights.bytes(dtype, rows, columns, random);
        RowTiles w = pack(file, dtype, rows, columns);
        Activations x = activations(tokens, columns);
        float[] expected = new float[tokens * rows];
        for (int token = 0; token < tokens; token++) {
            float[] row = Arrays.copyOfRange(x.values(), token * columns, (token + 1) * columns);
            for (int r = 0; r < rows; r++) {
                expected[token * rows + r] = specification(file, dtype, r, row);
            }
        }
        quantize(w, x, tokens);
        float[] y = new float[tokens * rows];
        kernels.multiply(w, 0, w.tiles(), x, tokens, y, new Scratch());
        assertThat(y).isEqualTo(expected);

        for (int split = 0; split <= w.tiles(); split++) {
            float[] parts = new float[tokens * rows];
            kernels.multiply(w, split, w.tiles(), x, tokens, parts, new Scratch());
            kernels.multiply(w, 0, split, x, tokens, parts, new Scratch());
            assertThat(parts).as("split at tile %s", split).isEqualTo(expected);
        }
        for (int r = 0; r < rows; r++) {
            float[] values = new float[columns];
            kernels.row(w, r, values, 0);
            for (int k = 0; k < columns; k++) {
                assertThat(values[k]).isEqualTo(value(file, dtype, r, k, columns));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void oneTokenEqualsMany(DType dtype, int rows, int columns) {
        int tokens = 70;
        RowTiles w = pack(RandomWeights.bytes(dtype, rows, columns, random), dtype, rows, columns);
        Activations x = activations(tokens, columns);
        quantize(w, x, tokens);
        float[] together = new float[tokens * rows];
        kernels.multiply(w, 0, w.tiles(), x, tokens, together, new Scratch());
        for (int token = 0; token < tokens; token += 23) {
            Activations one = new Activations().resize(1, columns);
            System.arraycopy(x.values(), token * columns, one.values(), 0, columns);
            quantize(w, one, 1);
            float[] alone = new float[rows];
            kernels.multiply(w, 0, w.tiles(), one, 1, alone, new Scratch());
            assertThat(alone).isEqualTo(Arrays.copyOfRange(together, token * rows, (token + 1) * rows));
        }
    }

    private void quantize(RowTiles w, Activations x, int tokens) {
        if (w.layout().blockScaleBytes() > 0) {
            x.resizeQuantized();
            kernels.quantize(x, 0, tokens);
        }
    }

    private RowTiles pack(byte[] file, DType dtype, int rows, int columns) {
        TilePacker.Source source = (offset, target) -> target.put(file, Math.toIntExact(offset), target.remaining());
        try {
            return new TilePacker(arena, team)
                    .pack(new TileLayout(dtype, rows, columns), source, MessageDigest.getInstance("SHA-256"));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** Blocks of very different sizes, zero and nearly zero ones among them. */
    private Activations activations(int tokens, int columns) {
        Activations x = new Activations().resize(tokens, columns);
        for (int i = 0; i < tokens * columns; i++) {
            float magnitude = Math.scalb(1f, i / 32 % 7 == 3 ? -110 : i / 32 % 11 - 5);
            x.values()[i] = i / 32 % 5 == 4 ? 0 : (float) (random.nextDouble() - 0.5) * magnitude;
        }
        return x;
    }

    private static float specification(byte[] file, DType dtype, int row, float[] x) {
        float y = 0;
        for (int start = 0; start < x.length; start += 512) {
            float sum = 0;
            int end = Math.min(start + 512, x.length);
            if (dtype.blockSize() == 1) {
                for (int k = start; k < end; k++) {
                    sum = Math.fma(value(file, dtype, row, k, x.length), x[k], sum);
                }
            } else {
                for (int k = start; k < end; k += 32) {
                    sum = addBlock(file, dtype, row, k, x, sum);
                }
            }
            y = y + sum;
        }
        return y;
    }

    private static float addBlock(byte[] file, DType dtype, int row, int k, float[] x, float sum) {
        float max = 0;
        for (int i = 0; i < 32; i++) {
            max = Math.max(max, Math.abs(x[k + i]));
        }
        boolean zero = max < 0x1p-100f;
        float dx = zero ? 0 : max / 127;
        int dot = 0;
        for (int i = 0; i < 32; i++) {
            int q = zero ? 0 : (int) Math.rint(x[k + i] * (127 / max));
            dot += quant(file, dtype, row, k + i, x.length) * q;
        }
        return Math.fma((float) dot, scale(file, dtype, row, k, x.length) * dx, sum);
    }

    private static float value(byte[] file, DType dtype, int row, int k, int columns) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        return switch (dtype) {
            case F32 -> bytes.getFloat(4 * (row * columns + k));
            case F16 -> Float16.toFloat(bytes.getShort(2 * (row * columns + k)));
            case BF16 -> Float.intBitsToFloat(bytes.getShort(2 * (row * columns + k)) << 16);
            case Q8_0, Q4_0 -> (float) quant(file, dtype, row, k, columns) * scale(file, dtype, row, k, columns);
        };
    }

    private static int quant(byte[] file, DType dtype, int row, int k, int columns) {
        int quants = (row * columns + k) / 32 * dtype.blockBytes() + 2;
        if (dtype == DType.Q8_0) {
            return file[quants + k % 32];
        }
        int pair = file[quants + k % 16];
        return (k % 32 < 16 ? pair & 15 : pair >> 4 & 15) - 8;
    }

    private static float scale(byte[] file, DType dtype, int row, int k, int columns) {
        int block = (row * columns + k) / 32 * dtype.blockBytes();
        return Float16.toFloat((short) (file[block] & 0xff | file[block + 1] << 8));
    }
}
