package io.hetegen.engine.kernel;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.kernel.Kernels.AttentionBlock;
import io.hetegen.engine.kernel.LaunchCase.Buffer;
import io.hetegen.engine.kernel.LaunchCase.Size;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.KvPage;
import io.hetegen.engine.tensor.KvPages;
import io.hetegen.engine.tensor.RandomWeights;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import io.hetegen.engine.tensor.TilePacker;
import io.hetegen.engine.tensor.WeightArena;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The CUDA kernels, compiled for the host, give the bits of the Java ones in every order of threads. */
class CudaKernelsITCase {

    /** In results before a kernel writes them: what it must not write has to stay. */
    private static final float UNTOUCHED = 12345;

    private final Kernels reference = new ReferenceKernels();
    private final ThreadTeam team = new ThreadTeam(1);
    private final WeightArena arena = new WeightArena();
    private final KvPages memory = new KvPages();
    private final SplittableRandom random = new SplittableRandom(17);
    private final List<LaunchCase> cases = new ArrayList<>();
    private HostKernels kernels;

    @BeforeEach
    void build() throws Exception {
        kernels = HostKernels.build();
    }

    @AfterEach
    void close() {
        memory.close();
        arena.close();
        team.close();
    }

    private static int[] columns(DType dtype) {
        return switch (dtype.blockSize()) {
            case 1 -> new int[] {1, 31, 516, 1027};
            case 32 -> new int[] {32, 544, 1120};
            default -> new int[] {256, 512, 1280};
        };
    }

    @ParameterizedTest
    @EnumSource
    void multipliesFewTokens(DType dtype) throws Exception {
        for (int columns : columns(dtype)) {
            RowTiles w = weights(dtype, 43, columns);
            for (int tokens = 1; tokens <= 8; tokens++) {
                int from = tokens % 3;
                LinearLaunch launch = LinearLaunch.of(columns, w.tiles() - from, tokens);
                multiply(w, from, w.tiles(), tokens, launch);
            }
            multiply(w, 1, 2, 1, LinearLaunch.of(columns, 1, 1));
        }
        kernels.check(cases);
    }

    /** More segments than a block of threads has slots for, not a multiple of them. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "Q8_0", "Q4_K"})
    void multipliesLongRows(DType dtype) throws Exception {
        int columns = 19 * TileLayout.SEGMENT + 256;
        RowTiles w = weights(dtype, 17, columns);
        multiply(w, 0, 2, 1, LinearLaunch.of(columns, 2, 1));
        multiply(w, 0, 2, 6, LinearLaunch.of(columns, 2, 6));
        kernels.check(cases);
    }

    @ParameterizedTest
    @EnumSource
    void multipliesManyTokens(DType dtype) throws Exception {
        for (int columns : columns(dtype)) {
            RowTiles w = weights(dtype, 75, columns);
            for (int tokens : new int[] {8, 9, 33, 71}) {
                int from = tokens % 3;
                multiply(w, from, w.tiles(), tokens, LinearLaunch.gemm(w.tiles() - from, tokens));
            }
            multiply(w, 1, 3, 16, LinearLaunch.gemm(2, 16));
        }
        kernels.check(cases);
    }

    /** Largest quants times largest activations. */
    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"F32", "F16", "BF16"})
    void multipliesTheGreatestQuants(DType dtype) throws Exception {
        for (byte stored : new byte[] {-128, -1, 127, 0}) {
            byte[] file = new byte[16 * dtype.blockBytes()];
            Arrays.fill(file, stored);
            RowTiles w = pack(file, new TileLayout(dtype, 16, dtype.blockSize()));
            Activations x = new Activations().resize(9, dtype.blockSize());
            Arrays.fill(x.values(), 0, 9 * dtype.blockSize(), -1);
            Arrays.fill(x.values(), dtype.blockSize(), 2 * dtype.blockSize(), 1);
            multiply(w, 0, 1, 2, x, LinearLaunch.of(dtype.blockSize(), 1, 2));
            multiply(w, 0, 1, 9, x, LinearLaunch.gemm(1, 9));
        }
        kernels.check(cases);
    }

    private void multiply(RowTiles w, int fromTile, int toTile, int tokens, LinearLaunch launch) {
        multiply(w, fromTile, toTile, tokens, RandomInputs.activations(tokens, w.columns(), random), launch);
    }

    private void multiply(RowTiles w, int fromTile, int toTile, int tokens, Activations x, LinearLaunch launch) {
        DType dtype = w.layout().dtype();
        x.resizeQuantized(dtype);
        reference.quantize(x, 0, tokens);
        float[] before = new float[tokens * w.rows()];
        Arrays.fill(before, UNTOUCHED);
        float[] expected = before.clone();
        reference.multiply(w, fromTile, toTile, x, tokens, expected, new Scratch());
        LaunchCase test = new LaunchCase(launch.product().kernel(dtype) + " of " + w.layout() + ", tiles " + fromTile
                + " to " + toTile + ", " + tokens + " tokens");
        Buffer tiles = test.input(tileBytes(w, fromTile, toTile));
        Buffer activations = test.input(
                dtype.isQuantized()
                        ? quantized(x, tokens, dtype.blockSize())
                        : LaunchCase.bytes(Arrays.copyOf(x.values(), tokens * x.columns())));
        Buffer y = test.output(before, expected);
        test.launch(
                launch.product().kernel(dtype),
                launch.shape(),
                tiles,
                fromTile,
                toTile - fromTile,
                w.rows(),
                w.columns(),
                activations,
                tokens,
                y);
        cases.add(test);
    }

    @ParameterizedTest
    @EnumSource
    void readsRows(DType dtype) throws Exception {
        for (int columns : columns(dtype)) {
            RowTiles w = weights(dtype, 37, columns);
            int[] ids = {0, 15, 36, 17, 0};
            float[] expected = new float[ids.length * columns];
            for (int i = 0; i < ids.length; i++) {
                reference.row(w, ids[i], expected, i * columns);
            }
            LaunchCase test = new LaunchCase("rows of " + w.layout());
            Buffer y = test.output(new float[expected.length], expected);
            test.launch(
                    LinearLaunch.name(dtype, "rows"),
                    Size.of(ids.length),
                    Size.of(256),
                    test.input(tileBytes(w, 0, w.tiles())),
                    columns,
                    test.input(ids),
                    y);
            cases.add(test);
        }
        kernels.check(cases);
    }

    @ParameterizedTest
    @EnumSource(names = {"Q8_0", "Q4_K"})
    void quantizes(DType dtype) throws Exception {
        int block = dtype.blockSize();
        for (int blocks : new int[] {1, 5}) {
            int columns = blocks * block;
            Activations x = RandomInputs.activations(5, columns, random);
            x.values()[7] = Float.NEGATIVE_INFINITY;
            x.values()[columns + 3] = Float.NaN;
            x.values()[2 * columns + 5] = 0x1p-100f;
            Arrays.fill(x.values(), 3 * columns, 3 * columns + block, 0x1p-101f);
            x.resizeQuantized(dtype);
            reference.quantize(x, 0, 5);
            byte[] expected = quantized(x, 5, block);
            LaunchCase test = new LaunchCase("quantize " + columns + " by " + block);
            Buffer target = test.output(new byte[expected.length], expected);
            test.launch(
                    "quantize_" + block,
                    Size.of(LinearLaunch.up(5 * blocks, 8)),
                    Size.of(256),
                    test.input(Arrays.copyOf(x.values(), 5 * columns)),
                    5,
                    columns,
                    target);
            cases.add(test);
        }
        kernels.check(cases);
    }

    @Test
    void normalizes() throws Exception {
        for (int size : new int[] {1, 15, 63, 64, 65, 100, 1030}) {
            float[] x = RandomInputs.floats(3 * size, 3, random);
            float[] weight = RandomInputs.floats(size, 2, random);
            float[] bias = RandomInputs.floats(size, 1, random);
            float[] rms = new float[3 * size];
            float[] layer = new float[3 * size];
            for (int row = 0; row < 3; row++) {
                reference.rmsNorm(x, row * size, weight, 1e-5f, rms, row * size);
                reference.layerNorm(x, row * size, weight, bias, 1e-5f, layer, row * size);
            }
            LaunchCase inPlace = new LaunchCase("rms_norm in place of " + size);
            Buffer y = inPlace.output(x, rms);
            cases.add(inPlace.launch("rms_norm", Size.of(3), Size.of(256), y, inPlace.input(weight), size, 1e-5f, y));
            LaunchCase centered = new LaunchCase("layer_norm of " + size);
            y = centered.output(new float[3 * size], layer);
            cases.add(centered.launch(
                    "layer_norm",
                    Size.of(3),
                    Size.of(256),
                    centered.input(x),
                    centered.input(weight),
                    centered.input(bias),
                    size,
                    1e-5f,
                    y));
        }
        kernels.check(cases);
    }

    @Test
    void computesElements() throws Exception {
        int size = 2051;
        float[] x = RandomInputs.floats(size, 200, random);
        System.arraycopy(RandomInputs.floats(1500, 12, random), 0, x, 0, 1500);
        float[] other = RandomInputs.floats(size, 3, random);
        float[] special = {
            -0f, 0f, 88.9f, -89.5f, 86.99f, -87f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY
        };
        System.arraycopy(special, 0, x, 0, special.length);
        Size grid = Size.of(LinearLaunch.up(size, 256));
        Size block = Size.of(256);

        float[] expected = new float[size];
        reference.swiGlu(x, other, expected, 0, size);
        LaunchCase test = new LaunchCase("swiglu");
        Buffer y = test.output(x, expected);
        cases.add(test.launch("swiglu", grid, block, y, test.input(other), y, size));

        reference.relu(x, expected, 0, size);
        test = new LaunchCase("relu");
        y = test.output(new float[size], expected.clone());
        cases.add(test.launch("relu", grid, block, test.input(x), y, size));

        expected = x.clone();
        reference.add(expected, other, 0, size);
        test = new LaunchCase("add");
        y = test.output(x, expected);
        cases.add(test.launch("add", grid, block, y, test.input(other), size));

        test = new LaunchCase("copy");
        y = test.output(new float[size], x);
        cases.add(test.launch("copy", grid, block, test.input(x), y, size));

        float[] bias = RandomInputs.floats(47, 3, random);
        expected = x.clone();
        for (int i = 0; i < size; i++) {
            expected[i] += bias[i % bias.length];
        }
        test = new LaunchCase("add_bias");
        y = test.output(x, expected);
        cases.add(test.launch("add_bias", grid, block, y, test.input(bias), bias.length, size));
        kernels.check(cases);
    }

    @ParameterizedTest
    @EnumSource
    void rotates(RopePairs kind) throws Exception {
        int heads = 3;
        int[] positions = {0, 4, 2};
        for (int[] sizes : new int[][] {{8, 4}, {10, 3}, {300, 150}}) {
            int headDim = sizes[0];
            int pairs = sizes[1];
            float[] table = RandomInputs.floats(5 * 2 * pairs, 2, random);
            float[] x = RandomInputs.floats(positions.length * heads * headDim, 3, random);
            float[] expected = x.clone();
            for (int i = 0; i < positions.length * heads; i++) {
                reference.rope(expected, i * headDim, table, positions[i / heads] * 2 * pairs, pairs, kind);
            }
            LaunchCase test = new LaunchCase("rope of " + pairs + " " + kind);
            Buffer y = test.output(x, expected);
            cases.add(test.launch(
                    "rope",
                    Size.of(positions.length),
                    Size.of(256),
                    y,
                    heads,
                    headDim,
                    test.input(table),
                    test.input(positions),
                    pairs,
                    kind == RopePairs.INTERLEAVED ? 1 : 0));
        }
        kernels.check(cases);
    }

    @Test
    void findsTheGreatestLogit() throws Exception {
        int size = 700;
        float[] logits = RandomInputs.floats(5 * size, 8, random);
        logits[300] = 9;
        logits[299] = 9;
        logits[650] = 9;
        Arrays.fill(logits, size, 2 * size, -0f);
        logits[size + 511] = 0f;
        logits[2 * size + 699] = 10;
        logits[3 * size + 5] = Float.NaN;
        logits[4 * size + 6] = Float.NEGATIVE_INFINITY;
        LaunchCase test = new LaunchCase("argmax");
        ByteBuffer expected = LaunchCase.littleEndian(20);
        expected.asIntBuffer().put(new int[] {299, 0, 699, -1, -1});
        Buffer indexes = test.output(new byte[20], expected.array());
        cases.add(test.launch("argmax", Size.of(5), Size.of(256), test.input(logits), size, indexes));
        kernels.check(cases);
    }

    @ParameterizedTest
    @EnumSource
    void attends(KvType type) throws Exception {
        int[][] shapes = {{2, 1}, {32, 4}, {64, 3}, {100, 1}};
        int[][] queries = {{0, 1}, {62, 5}, {63, 1}, {64, 1}, {130, 9}, {191, 1}};
        for (int[] shape : shapes) {
            for (int[] query : queries) {
                attend(type, shape[0], shape[1], query[0], query[1]);
            }
        }
        kernels.check(cases);
    }

    private void attend(KvType type, int headDim, int headsPerKvHead, int firstPosition, int tokens) {
        int kvHeads = 2;
        int heads = kvHeads * headsPerKvHead;
        int end = firstPosition + tokens;
        int chunks = (end - 1) / KvPage.POSITIONS + 1;
        float[] keys = RandomInputs.floats(end * kvHeads * headDim, 4, random);
        float[] values = RandomInputs.floats(end * kvHeads * headDim, 2, random);
        List<KvPage> pages = new ArrayList<>();
        for (int chunk = 0; chunk < chunks; chunk++) {
            pages.add(memory.add(type, kvHeads, headDim));
        }
        for (int position = 0; position < end; position++) {
            int offset = position * kvHeads * headDim;
            pages.get(position / KvPage.POSITIONS)
                    .put(position % KvPage.POSITIONS, kvHeads, keys, offset, values, offset);
        }
        float[] query = RandomInputs.floats(tokens * heads * headDim, 4, random);
        float[] expected = new float[query.length];
        for (int head = 0; head < kvHeads; head++) {
            AttentionBlock block =
                    new AttentionBlock(head, headsPerKvHead, headDim, heads * headDim, 0, firstPosition, tokens);
            reference.attention(block, pages, query, expected, new Scratch());
        }

        String suffix = type == KvType.F16 ? "_f16" : "_f32";
        int shared = tokens * headsPerKvHead;
        int atOnce = shared == 1 ? 1 : 4;
        LaunchCase test = new LaunchCase("attention" + atOnce + suffix + ", " + heads + " heads of " + headDim
                + ", positions " + firstPosition + " to " + end);
        int[] pageNumbers = new int[chunks];
        for (int chunk = 0; chunk < chunks; chunk++) {
            pageNumbers[chunk] = chunks - chunk;
        }
        Buffer numbers = test.input(pageNumbers);
        Buffer pool = test.scratch(Math.toIntExact((chunks + 1) * KvPage.bytes(type, kvHeads, headDim) / Float.BYTES));
        Buffer partial = test.scratch(tokens * heads * chunks * (headDim + 2));
        Buffer y = test.output(new float[expected.length], expected);
        Size block = Size.of(256);
        test.launch(
                "store" + suffix,
                Size.of(end),
                block,
                test.input(keys),
                test.input(values),
                kvHeads,
                headDim,
                0,
                pool,
                numbers);
        test.launch(
                "attention" + atOnce + suffix,
                Size.of(chunks, kvHeads * LinearLaunch.up(shared, atOnce)),
                block,
                test.input(query),
                pool,
                numbers,
                heads,
                kvHeads,
                headDim,
                firstPosition,
                tokens,
                partial);
        test.launch("attention_merge", Size.of(heads, tokens), block, partial, chunks, headDim, firstPosition, y);
        cases.add(test);
    }

    private RowTiles weights(DType dtype, int rows, int columns) throws Exception {
        return pack(RandomWeights.bytes(dtype, rows, columns, random), new TileLayout(dtype, rows, columns));
    }

    private RowTiles pack(byte[] file, TileLayout layout) throws Exception {
        TilePacker.Source source = (offset, target) -> target.put(file, Math.toIntExact(offset), target.remaining());
        return new TilePacker(arena, team).pack(layout, source, MessageDigest.getInstance("SHA-256"));
    }

    private static byte[] tileBytes(RowTiles w, int fromTile, int toTile) {
        int size = Math.toIntExact(w.layout().tileBytes());
        byte[] bytes = new byte[(toTile - fromTile) * size];
        for (int tile = fromTile; tile < toTile; tile++) {
            w.chunk(tile).get(w.offset(tile), bytes, (tile - fromTile) * size, size);
        }
        return bytes;
    }

    /** What activations.cuh describes. */
    private static byte[] quantized(Activations x, int tokens, int block) {
        int count = tokens * x.columns();
        int scaleBytes = LinearLaunch.up(count / block * Float.BYTES, 16) * 16;
        int sumBytes = LinearLaunch.up(count / 16 * Short.BYTES, 16) * 16;
        ByteBuffer bytes = LaunchCase.littleEndian(count + scaleBytes + sumBytes);
        bytes.put(0, x.quants(block), 0, count);
        for (int i = 0; i < count / block; i++) {
            bytes.putFloat(count + i * Float.BYTES, x.scales(block)[i]);
        }
        for (int i = 0; i < count / 16; i++) {
            int sum = 0;
            for (int k = 16 * i; k < 16 * i + 16; k++) {
                sum += x.quants(block)[k];
            }
            bytes.putShort(count + scaleBytes + i * Short.BYTES, (short) sum);
        }
        return bytes.array();
    }
}
