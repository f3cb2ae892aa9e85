package io.hetegen.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cpu.NativeLibrary;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.kernel.Kernels.AttentionBlock;
import io.hetegen.engine.tensor.ChunkedTiles;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.KvPage;
import io.hetegen.engine.tensor.KvPages;
import io.hetegen.engine.tensor.Plane;
import io.hetegen.engine.tensor.RandomWeights;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import io.hetegen.engine.tensor.TilePacker;
import io.hetegen.engine.tensor.WeightArena;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every native kernel that this machine runs gives the bits of the Java ones, on odd sizes above all. */
class NativeKernelsTest {

    private static final List<Integer> TOKENS = List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 17, 64, 67);

    /** Tokens of {@link #extremeActivations}. */
    private static final int EXTREMES = 6;

    private final Kernels reference = new ReferenceKernels();
    private final ThreadTeam team = new ThreadTeam(1);
    private final WeightArena arena = new WeightArena();
    private final KvPages memory = new KvPages();

    @AfterEach
    void close() {
        memory.close();
        arena.close();
        team.close();
    }

    /** The instruction sets, available or not. */
    static Stream<InstructionSet> sets() {
        return InstructionSet.ofArchitecture().stream();
    }

    static Stream<Arguments> matrices() {
        return sets().flatMap(set -> Stream.of(DType.values())
                .flatMap(dtype -> columns(dtype)
                        .flatMap(columns ->
                                Stream.of(1, 16, 17, 75).map(rows -> Arguments.of(set, dtype, rows, columns)))));
    }

    private static Stream<Integer> columns(DType dtype) {
        return switch (dtype.blockSize()) {
            case 1 -> Stream.of(1, 2, 31, 512, 515, 1026);
            case 32 -> Stream.of(32, 96, 512, 544, 1120);
            default -> Stream.of(256, 512, 1280);
        };
    }

    @ParameterizedTest
    @MethodSource("matrices")
    void multiplies(InstructionSet set, DType dtype, int rows, int columns) throws Exception {
        Kernels kernels = kernels(set);
        SplittableRandom random = new SplittableRandom(rows * 7919L + columns);
        RowTiles w = pack(RandomWeights.bytes(dtype, rows, columns, random), new TileLayout(dtype, rows, columns));
        for (int tokens : TOKENS) {
            Activations x = RandomInputs.activations(tokens, columns, random);
            x.resizeQuantized(dtype);
            reference.quantize(x, 0, tokens);
            float[] expected = new float[tokens * rows];
            reference.multiply(w, 0, w.tiles(), x, tokens, expected, new Scratch());
            float[] whole = new float[tokens * rows];
            kernels.multiply(w, 0, w.tiles(), x, tokens, whole, new Scratch());
            assertSameBits(whole, expected);

            int split = random.nextInt(w.tiles() + 1);
            float[] parts = new float[tokens * rows];
            kernels.multiply(w, split, w.tiles(), x, tokens, parts, new Scratch());
            kernels.multiply(w, 0, split, x, tokens, parts, new Scratch());
            assertSameBits(parts, expected);
        }
    }

    @ParameterizedTest
    @MethodSource("sets")
    void multipliesAMatrixOfSeveralChunks(InstructionSet set) throws Exception {
        Kernels kernels = kernels(set);
        SplittableRandom random = new SplittableRandom(6);
        byte[] file = RandomWeights.bytes(DType.F16, 107, 40, random);
        RowTiles w = pack(file, new TileLayout(DType.F16, 107, 40));
        Activations x = RandomInputs.activations(2, 40, random);
        float[] expected = new float[2 * 107];
        reference.multiply(w, 0, w.tiles(), x, 2, expected, new Scratch());
        for (int tilesPerChunk = 1; tilesPerChunk <= w.tiles(); tilesPerChunk++) {
            RowTiles chunked = ChunkedTiles.copy(w, tilesPerChunk, arena);
            float[] actual = new float[2 * 107];
            kernels.multiply(chunked, 1, w.tiles(), x, 2, actual, new Scratch());
            kernels.multiply(chunked, 0, 1, x, 2, actual, new Scratch());
            assertSameBits(actual, expected);
        }
    }

    static Stream<Arguments> quantizedTypes() {
        return sets().flatMap(set ->
                Stream.of(DType.values()).filter(DType::isQuantized).map(dtype -> Arguments.of(set, dtype)));
    }

    @ParameterizedTest
    @MethodSource("quantizedTypes")
    void multipliesTheGreatestQuantsWithoutSaturation(InstructionSet set, DType dtype) throws Exception {
        Kernels kernels = kernels(set);
        int columns = 768;
        for (byte quants : new byte[] {0, 127, -128, -1}) {
            for (byte scales : new byte[] {0, 1, 127, -128, -2, -1}) {
                RowTiles w = pack(filled(dtype, columns, quants, scales), new TileLayout(dtype, 16, columns));
                Activations all = extremeActivations(columns);
                assertSameProducts(kernels, w, all, EXTREMES);
                for (int token = 0; token < EXTREMES; token++) {
                    Activations one = new Activations().resize(1, columns);
                    System.arraycopy(all.values(), token * columns, one.values(), 0, columns);
                    assertSameProducts(kernels, w, one, 1);
                }
            }
        }
    }

    private void assertSameProducts(Kernels kernels, RowTiles w, Activations x, int tokens) {
        x.resizeQuantized(w.layout().dtype());
        reference.quantize(x, 0, tokens);
        float[] expected = new float[tokens * w.rows()];
        reference.multiply(w, 0, w.tiles(), x, tokens, expected, new Scratch());
        float[] actual = new float[tokens * w.rows()];
        kernels.multiply(w, 0, w.tiles(), x, tokens, actual, new Scratch());
        assertSameBits(actual, expected);
    }

    /** 16 rows whose quants, and whose integer scales or exponents, are all the same; scales of blocks are 1. */
    private static byte[] filled(DType dtype, int columns, byte quants, byte scales) {
        byte[] file = new byte[Math.toIntExact(dtype.bytes(16L * columns))];
        for (int block = 0; block < file.length; block += dtype.blockBytes()) {
            for (int i = 0; i < dtype.planes().size(); i++) {
                Plane plane = dtype.planes().get(i);
                boolean isScale = dtype.blockSize() == 256 ? plane.bytes() <= 16 : plane.unit() == 1;
                int at = block + plane.offset();
                Arrays.fill(file, at, at + plane.bytes(), isScale ? scales : quants);
                if (plane.unit() == 2 && (i == 0 || dtype.hasMinimum())) {
                    file[at] = 0;
                    file[at + 1] = 0x3c;
                }
            }
        }
        return file;
    }

    /** All quants -127, all 127, both in turn, both by halves of a block, and two tokens that cannot be quantized. */
    private static Activations extremeActivations(int columns) {
        Activations x = new Activations().resize(EXTREMES, columns);
        for (int i = 0; i < columns; i++) {
            x.values()[i] = -1;
            x.values()[columns + i] = 1;
            x.values()[2 * columns + i] = i % 2 == 0 ? 1 : -1;
            x.values()[3 * columns + i] = i / 16 % 2 == 0 ? -1 : 1;
            x.values()[4 * columns + i] = i == 300 ? Float.NEGATIVE_INFINITY : 1;
            x.values()[5 * columns + i] = i == 700 ? Float.NaN : -1;
        }
        return x;
    }

    @ParameterizedTest
    @MethodSource("sets")
    void quantizes(InstructionSet set) {
        Kernels kernels = kernels(set);
        SplittableRandom random = new SplittableRandom(3);
        for (int columns : new int[] {32, 96, 2048, 2080, 4128, 256, 2304}) {
            DType dtype = columns % 256 == 0 ? DType.Q4_K : DType.Q8_0;
            int block = dtype.blockSize();
            Activations x = RandomInputs.activations(5, columns, random);
            x.values()[40 % columns] = Float.POSITIVE_INFINITY;
            x.values()[columns + 3] = Float.NaN;
            x.values()[2 * columns + 5] = 0x1p-100f;
            Activations y = new Activations().resize(5, columns);
            System.arraycopy(x.values(), 0, y.values(), 0, 5 * columns);
            x.resizeQuantized(dtype);
            y.resizeQuantized(dtype);
            reference.quantize(x, 1, 4);
            kernels.quantize(y, 1, 4);
            assertThat(y.quants(block)).isEqualTo(x.quants(block));
            assertSameBits(y.scales(block), x.scales(block));
        }
    }

    @ParameterizedTest
    @MethodSource("sets")
    void normalizes(InstructionSet set) {
        Kernels kernels = kernels(set);
        SplittableRandom random = new SplittableRandom(4);
        for (int size : new int[] {1, 15, 16, 63, 64, 65, 100, 2048, 2049}) {
            float[] x = RandomInputs.floats(size + 7, 3, random);
            float[] weight = RandomInputs.floats(size, 2, random);
            float[] expected = new float[size + 9];
            float[] actual = new float[size + 9];
            reference.rmsNorm(x, 5, weight, 1e-5f, expected, 3);
            kernels.rmsNorm(x, 5, weight, 1e-5f, actual, 3);
            assertSameBits(actual, expected);

            float[] bias = RandomInputs.floats(size, 2, random);
            reference.layerNorm(x, 5, weight, bias, 1e-5f, expected, 3);
            kernels.layerNorm(x, 5, weight, bias, 1e-5f, actual, 3);
            assertSameBits(actual, expected);
        }
    }

    @ParameterizedTest
    @MethodSource("sets")
    void gates(InstructionSet set) {
        Kernels kernels = kernels(set);
        SplittableRandom random = new SplittableRandom(5);
        for (int size : new int[] {1, 17, 2048, 2049, 5000}) {
            float[] gate = RandomInputs.floats(size + 3, 200, random);
            float[] up = RandomInputs.floats(size + 3, 3, random);
            gate[1] = -0f;
            gate[2] = 88.9f;
            gate[3] = -89.5f;
            float[] expected = new float[size + 3];
            reference.swiGlu(gate, up, expected, 1, size + 1);
            kernels.swiGlu(gate, up, gate, 1, size + 1);
            assertSameBits(Arrays.copyOfRange(gate, 1, size + 1), Arrays.copyOfRange(expected, 1, size + 1));
        }
    }

    static Stream<Arguments> heads() {
        return sets().flatMap(set -> Stream.of(KvType.values())
                .flatMap(type -> Stream.of(
                                new int[] {2, 1},
                                new int[] {32, 4},
                                new int[] {64, 3},
                                new int[] {64, 8},
                                new int[] {80, 2},
                                new int[] {100, 1},
                                new int[] {128, 5})
                        .map(sizes -> Arguments.of(set, type, sizes[0], sizes[1]))));
    }

    @ParameterizedTest
    @MethodSource("heads")
    void attends(InstructionSet set, KvType type, int headDim, int headsPerKeyValueHead) {
        Kernels kernels = kernels(set);
        SplittableRandom random = new SplittableRandom(headDim);
        int keyValueHeads = 2;
        List<KvPage> pages = pages(type, keyValueHeads, headDim, 4, random);
        int rowSize = keyValueHeads * headsPerKeyValueHead * headDim;
        for (int position : new int[] {0, 1, 15, 16, 62, 63, 64, 65, 127, 128, 200}) {
            for (int tokens : new int[] {1, 2, 16}) {
                float[] query = RandomInputs.floats((tokens + 1) * rowSize, 4, random);
                float[] expected = new float[query.length];
                float[] actual = new float[query.length];
                for (int head = 0; head < keyValueHeads; head++) {
                    AttentionBlock block =
                            new AttentionBlock(head, headsPerKeyValueHead, headDim, rowSize, 1, position, tokens);
                    reference.attention(block, pages, query, expected, new Scratch());
                    kernels.attention(block, pages, query, actual, new Scratch());
                }
                assertSameBits(actual, expected);
            }
        }
    }

    private static Kernels kernels(InstructionSet set) {
        assumeTrue(NativeLibrary.problem() == null, "the native library is not built");
        assumeTrue(set.handle() != 0, set.whyNot());
        return new NativeKernels(set.handle());
    }

    private RowTiles pack(byte[] file, TileLayout layout) throws Exception {
        TilePacker.Source source = (offset, target) -> target.put(file, Math.toIntExact(offset), target.remaining());
        return new TilePacker(arena, team).pack(layout, source, MessageDigest.getInstance("SHA-256"));
    }

    private List<KvPage> pages(KvType type, int keyValueHeads, int headDim, int count, SplittableRandom random) {
        List<KvPage> pages = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            KvPage page = memory.add(type, keyValueHeads, headDim);
            for (int slot = 0; slot < KvPage.POSITIONS; slot++) {
                float[] key = RandomInputs.floats(keyValueHeads * headDim, 4, random);
                float[] value = RandomInputs.floats(keyValueHeads * headDim, 2, random);
                page.put(slot, keyValueHeads, key, 0, value, 0);
            }
            pages.add(page);
        }
        return pages;
    }

    /** As bits, so that zeros of different signs differ; NaN is one value, since payloads are not specified. */
    private static void assertSameBits(float[] actual, float[] expected) {
        assertThat(bits(actual)).isEqualTo(bits(expected));
    }

    private static int[] bits(float[] values) {
        return IntStream.range(0, values.length)
                .map(i -> Float.floatToIntBits(values[i]))
                .toArray();
    }
}
