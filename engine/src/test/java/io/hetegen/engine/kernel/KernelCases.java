package io.hetegen.engine.kernel;

import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.kernel.KernelCaseFile.Kind;
import io.hetegen.engine.kernel.Kernels.AttentionBlock;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.Float16;
import io.hetegen.engine.tensor.KvPage;
import io.hetegen.engine.tensor.KvPages;
import io.hetegen.engine.tensor.RandomWeights;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import io.hetegen.engine.tensor.TilePacker;
import io.hetegen.engine.tensor.WeightArena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Cases for every native kernel, from one seed, with the bits that the Java kernels give. */
final class KernelCases implements AutoCloseable {

    /** Rounds each way, vanishes, overflows, or is none. */
    private static final float[] SPECIAL = {
        0,
        -0f,
        Float.MIN_VALUE,
        -Float.MIN_NORMAL,
        0x1p-100f,
        87,
        -87,
        -87.00001f,
        88.9f,
        89,
        89.00001f,
        -89.5f,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.NaN
    };

    private final Kernels reference = new ReferenceKernels();
    private final SplittableRandom random = new SplittableRandom(1);
    private final ThreadTeam team = new ThreadTeam(1);
    private final WeightArena arena = new WeightArena();
    private final KvPages memory = new KvPages();
    private final KernelCaseFile file = new KernelCaseFile();

    KernelCaseFile all() throws Exception {
        for (DType dtype : DType.values()) {
            products(dtype);
        }
        for (int block : Arithmetic.ACTIVATION_BLOCKS) {
            quantized(block);
        }
        halves();
        norms();
        gates();
        for (KvType type : KvType.values()) {
            attention(type);
        }
        vanishing();
        return file;
    }

    @Override
    public void close() {
        memory.close();
        arena.close();
        team.close();
    }

    private void products(DType dtype) throws Exception {
        int[] rows = {1, 16, 17, 33, 48};
        int turn = 0;
        for (int columns : columns(dtype)) {
            for (int tokens : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 17}) {
                int count = rows[turn++ % rows.length];
                product(dtype, RandomWeights.bytes(dtype, count, columns, random), count, columns, tokens);
            }
        }
        // Every pattern of the bits of a scale or an element, infinity and NaN among them.
        byte[] wild = new byte[Math.toIntExact(dtype.bytes(48L * Math.max(dtype.blockSize(), 2)))];
        random.nextBytes(wild);
        product(dtype, wild, 48, Math.max(dtype.blockSize(), 2), 3);
        for (byte stored : new byte[] {-128, -1, 127}) {
            byte[] greatest = new byte[Math.toIntExact(dtype.bytes(16L * dtype.blockSize()))];
            Arrays.fill(greatest, stored);
            product(dtype, greatest, 16, dtype.blockSize(), 2);
        }
    }

    private static int[] columns(DType dtype) {
        return switch (dtype.blockSize()) {
            case 1 -> new int[] {1, 2, 31, 515, 1026};
            case 32 -> new int[] {32, 96, 544, 1120};
            default -> new int[] {256, 512, 1280};
        };
    }

    private void product(DType dtype, byte[] bytes, int rows, int columns, int tokens) throws Exception {
        TilePacker.Source source = (offset, target) -> target.put(bytes, Math.toIntExact(offset), target.remaining());
        RowTiles w = new TilePacker(arena, team)
                .pack(new TileLayout(dtype, rows, columns), source, MessageDigest.getInstance("SHA-256"));
        byte[] packed = new byte[Math.toIntExact(w.bytes())];
        w.chunk(0).get(w.offset(0), packed);

        Activations x = RandomInputs.activations(tokens, columns, random);
        float[] values = x.values();
        x.resizeQuantized(dtype);
        reference.quantize(x, 0, tokens);
        float[] y = new float[tokens * rows];
        reference.multiply(w, 0, w.tiles(), x, tokens, y, new Scratch());

        int blocks = dtype.isQuantized() ? columns / dtype.blockSize() : 0;
        file.begin(Kind.PRODUCT, dtype + " " + rows + " x " + columns + ", tokens " + tokens)
                .sizes(NativeKernels.type(dtype), dtype.blockSize(), rows, w.tiles())
                .sizes(Math.toIntExact(w.layout().tileBytes()), columns, tokens)
                .array(packed)
                .array(values)
                .array(blocks == 0 ? new byte[0] : Arrays.copyOf(x.quants(dtype.blockSize()), values.length))
                .array(blocks == 0 ? new float[0] : Arrays.copyOf(x.scales(dtype.blockSize()), tokens * blocks))
                .array(y);
    }

    private void quantized(int block) {
        float[] special = new float[SPECIAL.length * block];
        for (int i = 0; i < SPECIAL.length; i++) {
            Arrays.fill(special, i * block, (i + 1) * block, i % 2);
            special[i * block + i] = SPECIAL[i];
        }
        // 127 times a power of two as the greatest magnitude makes x.5 a tie.
        float[] ties = new float[40 * block];
        for (int i = 0; i < ties.length; i++) {
            ties[i] = Math.scalb(i % block == 0 ? -127 : random.nextInt(253) - 126 + 0.5f, i / block - 20);
        }
        quantize("special", block, special);
        quantize("ties", block, ties);
        quantize("ordinary", block, RandomInputs.activations(100, block, random).values());
    }

    private void quantize(String name, int block, float[] values) {
        DType weights = block == DType.Q8_0.blockSize() ? DType.Q8_0 : DType.Q4_K;
        Activations x = new Activations().resize(1, values.length);
        System.arraycopy(values, 0, x.values(), 0, values.length);
        x.resizeQuantized(weights);
        reference.quantize(x, 0, 1);
        file.begin(Kind.QUANTIZE, "quantize " + name + " in blocks of " + block)
                .sizes(block, values.length)
                .array(values)
                .array(Arrays.copyOf(x.quants(block), values.length))
                .array(Arrays.copyOf(x.scales(block), values.length / block));
    }

    /** Every binary16 number as a weight, in the first and in the second of two columns, and alone. */
    private void halves() throws Exception {
        ByteBuffer alone = ByteBuffer.allocate(1 << 17).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer first = ByteBuffer.allocate(1 << 18).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer second = ByteBuffer.allocate(1 << 18).order(ByteOrder.LITTLE_ENDIAN);
        for (int bits = 0; bits < 1 << 16; bits++) {
            alone.putShort((short) bits);
            first.putShort((short) bits).putShort((short) 0);
            second.putShort((short) 0).putShort((short) bits);
        }
        product(DType.F16, alone.array(), 1 << 16, 1, 1);
        product(DType.F16, first.array(), 1 << 16, 2, 1);
        product(DType.F16, second.array(), 1 << 16, 2, 1);
    }

    private void norms() {
        for (int size : new int[] {1, 15, 16, 63, 64, 65, 100, 2049}) {
            float[] x = RandomInputs.floats(size, 3, random);
            float[] weight = RandomInputs.floats(size, 2, random);
            float[] y = new float[size];
            reference.rmsNorm(x, 0, weight, 1e-5f, y, 0);
            file.begin(Kind.RMS_NORM, "norm of " + size)
                    .sizes(size)
                    .number(1e-5f)
                    .array(x)
                    .array(weight)
                    .array(y);

            float[] bias = RandomInputs.floats(size, 2, random);
            reference.layerNorm(x, 0, weight, bias, 1e-5f, y, 0);
            file.begin(Kind.LAYER_NORM, "layer norm of " + size)
                    .sizes(size)
                    .number(1e-5f)
                    .array(x)
                    .array(weight)
                    .array(bias)
                    .array(y);
        }
    }

    private void gates() {
        gate("swiglu special", SPECIAL, RandomInputs.floats(SPECIAL.length, 2, random));
        gate("swiglu", RandomInputs.floats(20_000, 200, random), RandomInputs.floats(20_000, 3, random));
        gate("swiglu near zero", RandomInputs.floats(5_001, 2, random), RandomInputs.floats(5_001, 3, random));
    }

    private void gate(String name, float[] gate, float[] up) {
        float[] y = new float[gate.length];
        reference.swiGlu(gate, up, y, 0, y.length);
        file.begin(Kind.SWIGLU, name).sizes(y.length).array(gate).array(up).array(y);
    }

    private void attention(KvType type) {
        for (int[] sizes : new int[][] {{2, 1}, {32, 4}, {64, 5}, {80, 2}, {100, 1}}) {
            for (int position : new int[] {0, 1, 15, 16, 62, 63, 64, 127, 130}) {
                attention(type, sizes[0], sizes[1], position, 1 + position % 3, 4);
            }
            attention(type, sizes[0], sizes[1], 125, 4, 300);
        }
    }

    private void attention(KvType type, int headDim, int heads, int position, int tokens, float magnitude) {
        int positions = position + tokens;
        attention(
                type,
                new AttentionBlock(0, heads, headDim, heads * headDim, 0, position, tokens),
                RandomInputs.floats(positions * headDim, magnitude, random),
                RandomInputs.floats(positions * headDim, 2, random),
                RandomInputs.floats(tokens * heads * headDim, 4, random));
    }

    /** Scores around those where the exponential function becomes 0, which only a large value shows. */
    private void vanishing() {
        float[] keys = {0, Math.nextUp(-87f), -87, Math.nextDown(-87f), -88, -103, -104, -1e30f};
        for (int position = 1; position < keys.length; position++) {
            float[] values = new float[keys.length];
            values[position] = 0x1p100f;
            AttentionBlock block = new AttentionBlock(0, 1, 1, 1, 0, position, 1);
            attention(KvType.F32, block, keys, values, new float[] {1});
        }
    }

    /** Keys and values as [position][element], queries as [token][head][element]. */
    private void attention(KvType type, AttentionBlock block, float[] keys, float[] values, float[] query) {
        int headDim = block.headDim();
        List<KvPage> pages = new ArrayList<>();
        for (int p = 0; p < block.firstPosition() + block.tokens(); p++) {
            if (p % KvPage.POSITIONS == 0) {
                pages.add(unusedPage(type, headDim));
            }
            pages.get(p / KvPage.POSITIONS).put(p % KvPage.POSITIONS, 1, keys, p * headDim, values, p * headDim);
        }
        float[] output = new float[query.length];
        reference.attention(block, pages, query, output, new Scratch());

        file.begin(Kind.ATTENTION, type + " attention " + block)
                .sizes(type == KvType.F16 ? 1 : 0, headDim, block.headsPerKeyValueHead(), block.tokens())
                .sizes(block.firstPosition())
                .number(1 / (float) Math.sqrt(headDim));
        float[] keyElements = new float[pages.size() * KvPage.POSITIONS * headDim];
        float[] valueElements = new float[keyElements.length];
        for (int i = 0; i < pages.size(); i++) {
            int at = i * KvPage.POSITIONS * headDim;
            float[] page = new float[KvPage.POSITIONS * headDim];
            pages.get(i).readKeys(0, KvPage.POSITIONS, page);
            System.arraycopy(page, 0, keyElements, at, page.length);
            pages.get(i).readValues(0, KvPage.POSITIONS, page);
            System.arraycopy(page, 0, valueElements, at, page.length);
        }
        elements(type, keyElements);
        elements(type, valueElements);
        file.array(query).array(output);
    }

    /** NaN where no position is: no query may see it. */
    private KvPage unusedPage(KvType type, int headDim) {
        float[] none = new float[headDim];
        Arrays.fill(none, Float.NaN);
        KvPage page = memory.add(type, 1, headDim);
        for (int slot = 0; slot < KvPage.POSITIONS; slot++) {
            page.put(slot, 1, none, 0, none, 0);
        }
        return page;
    }

    /** As they lie in pages. */
    private void elements(KvType type, float[] elements) {
        switch (type) {
            case F32 -> file.array(elements);
            case F16 -> {
                short[] halves = new short[elements.length];
                for (int i = 0; i < halves.length; i++) {
                    halves[i] = Float16.fromFloat(elements[i]);
                }
                file.array(halves);
            }
        }
    }
}
