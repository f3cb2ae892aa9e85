package io.hetegen.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.RandomWeights;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.SmallChunks;
import io.hetegen.engine.tensor.TileLayout;
import io.hetegen.engine.tensor.TilePacker;
import io.hetegen.engine.tensor.WeightArena;
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

/** Packed products against {@link LinearSpecification}. */
class MultiplyTest {

    private static final int[] ROWS = {1, 15, 16, 17, 33};
    private static final int[] BLOCK_COLUMNS = {32, 64, 480, 512, 544, 1056};
    private static final int[] SUPERBLOCK_COLUMNS = {256, 512, 768, 1280};
    private static final int[] ODD_COLUMNS = {1, 31, 513, 515};

    private final ThreadTeam team = new ThreadTeam(2);
    private final WeightArena arena = new WeightArena();
    private final WeightArena smallChunks = SmallChunks.of(5 << 15);
    private final SplittableRandom random = new SplittableRandom(11);

    @AfterEach
    void close() {
        arena.close();
        smallChunks.close();
        team.close();
    }

    static Stream<Arguments> shapes() {
        return Stream.of(DType.values())
                .flatMap(dtype -> IntStream.of(ROWS)
                        .boxed()
                        .flatMap(rows -> columns(dtype)
                                .boxed()
                                .flatMap(columns ->
                                        KernelSets.all().map(kernels -> Arguments.of(kernels, dtype, rows, columns)))));
    }

    static Stream<Arguments> kernelsAndTypes() {
        return Stream.of(DType.values())
                .flatMap(dtype -> KernelSets.all().map(kernels -> Arguments.of(kernels, dtype)));
    }

    private static IntStream columns(DType dtype) {
        return switch (dtype.blockSize()) {
            case 1 -> IntStream.concat(IntStream.of(BLOCK_COLUMNS), IntStream.of(ODD_COLUMNS));
            case 32 -> IntStream.of(BLOCK_COLUMNS);
            default -> IntStream.of(SUPERBLOCK_COLUMNS);
        };
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void equalsTheSpecification(Kernels kernels, DType dtype, int rows, int columns) {
        int tokens = 5;
        byte[] file = RandomWeights.bytes(dtype, rows, columns, random);
        RowTiles w = pack(arena, file, dtype, rows, columns);
        Activations x = activations(tokens, columns);
        x.values()[3 * columns + random.nextInt(columns)] = Float.NaN;
        x.values()[4 * columns + random.nextInt(columns)] = Float.NEGATIVE_INFINITY;
        LinearSpecification specification = new LinearSpecification(file, dtype, columns);
        float[] expected = new float[tokens * rows];
        for (int token = 0; token < tokens; token++) {
            float[] row = Arrays.copyOfRange(x.values(), token * columns, (token + 1) * columns);
            for (int r = 0; r < rows; r++) {
                expected[token * rows + r] = specification.product(r, row);
            }
        }
        quantize(kernels, w, x, tokens);
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
            float[] expectedValues = new float[columns];
            kernels.row(w, r, values, 0);
            for (int k = 0; k < columns; k++) {
                expectedValues[k] = specification.value(r, k);
            }
            assertThat(values).isEqualTo(expectedValues);
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void oneTokenEqualsMany(Kernels kernels, DType dtype, int rows, int columns) {
        int tokens = 70;
        RowTiles w = pack(arena, RandomWeights.bytes(dtype, rows, columns, random), dtype, rows, columns);
        Activations x = activations(tokens, columns);
        quantize(kernels, w, x, tokens);
        float[] together = new float[tokens * rows];
        kernels.multiply(w, 0, w.tiles(), x, tokens, together, new Scratch());
        for (int token = 0; token < tokens; token += 23) {
            Activations one = new Activations().resize(1, columns);
            System.arraycopy(x.values(), token * columns, one.values(), 0, columns);
            quantize(kernels, w, one, 1);
            float[] alone = new float[rows];
            kernels.multiply(w, 0, w.tiles(), one, 1, alone, new Scratch());
            assertThat(alone).isEqualTo(Arrays.copyOfRange(together, token * rows, (token + 1) * rows));
        }
    }

    /** Chunks of 5 tiles of F32 and of up to 60 of Q2_K, and panels that end in the middle of a chunk. */
    @ParameterizedTest
    @MethodSource("kernelsAndTypes")
    void aMatrixInSeveralChunks(Kernels kernels, DType dtype) {
        int rows = 62 * 16 + 3;
        int columns = 512;
        int tokens = 2;
        byte[] file = RandomWeights.bytes(dtype, rows, columns, random);
        RowTiles whole = pack(arena, file, dtype, rows, columns);
        RowTiles cut = pack(smallChunks, file, dtype, rows, columns);
        assertThat(cut.chunk(0)).isNotSameAs(cut.chunk(cut.tiles() - 1));
        Activations x = activations(tokens, columns);
        quantize(kernels, whole, x, tokens);
        float[] expected = new float[tokens * rows];
        kernels.multiply(whole, 0, whole.tiles(), x, tokens, expected, new Scratch());
        float[] y = new float[tokens * rows];
        kernels.multiply(cut, 0, cut.tiles(), x, tokens, y, new Scratch());
        assertThat(y).isEqualTo(expected);
        LinearSpecification specification = new LinearSpecification(file, dtype, columns);
        float[] values = new float[columns];
        kernels.row(cut, rows - 1, values, 0);
        for (int k = 0; k < columns; k++) {
            assertThat(values[k]).isEqualTo(specification.value(rows - 1, k));
        }
    }

    private static void quantize(Kernels kernels, RowTiles w, Activations x, int tokens) {
        x.resizeQuantized(w.layout().dtype());
        kernels.quantize(x, 0, tokens);
    }

    private RowTiles pack(WeightArena arena, byte[] file, DType dtype, int rows, int columns) {
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
}
