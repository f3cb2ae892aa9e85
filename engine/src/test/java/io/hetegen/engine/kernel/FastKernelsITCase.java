package io.hetegen.engine.kernel;

import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.kernel.LaunchCase.Buffer;
import io.hetegen.engine.kernel.LaunchCase.Size;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.Float16;
import io.hetegen.engine.tensor.RandomWeights;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import io.hetegen.engine.tensor.TilePacker;
import io.hetegen.engine.tensor.WeightArena;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The kernels around a product of cuBLAS move and round exactly what they should, in every order of threads. */
class FastKernelsITCase {

    private static final int ROWS = TileLayout.ROWS;
    private static final byte UNTOUCHED = 0x55;
    private static final Size BLOCK = Size.of(256);

    private final SplittableRandom random = new SplittableRandom(23);
    private HostKernels kernels;

    @BeforeEach
    void build() throws Exception {
        kernels = HostKernels.build();
    }

    /** Packed tiles become the rows of the model file, the last tile's missing ones 0. */
    @ParameterizedTest
    @CsvSource({"F32, 1", "F32, 70", "F32, 1027", "F16, 1", "F16, 130", "F16, 1027", "BF16, 516"})
    void unpacksTiles(DType dtype, int columns) throws Exception {
        TileLayout layout = new TileLayout(dtype, 43, columns);
        byte[] file = RandomWeights.bytes(dtype, layout.rows(), columns, random);
        int rowBytes = Math.toIntExact(FastKernels.rowBytes(layout));
        int fileRowBytes = Math.toIntExact(layout.fileRowBytes());
        byte[] before = new byte[2 * ROWS * rowBytes];
        Arrays.fill(before, UNTOUCHED);
        byte[] expected = before.clone();
        for (int row = 0; row < 2 * ROWS; row++) {
            int at = row * rowBytes;
            Arrays.fill(expected, at, at + (fileRowBytes + 3) / 4 * 4, (byte) 0);
            if (ROWS + row < layout.rows()) {
                System.arraycopy(file, (ROWS + row) * fileRowBytes, expected, at, fileRowBytes);
            }
        }
        LaunchCase test = new LaunchCase("unpack_tiles of " + layout);
        int words = Math.toIntExact(layout.tileBytes() / ROWS / Integer.BYTES);
        test.launch(
                "unpack_tiles",
                Size.of(LinearLaunch.up(words, 64), 2),
                BLOCK,
                test.input(tilesFrom1(layout, file)),
                words,
                rowBytes / Integer.BYTES,
                test.output(before, expected));
        kernels.check(List.of(test));
    }

    private static byte[] tilesFrom1(TileLayout layout, byte[] file) throws Exception {
        try (ThreadTeam team = new ThreadTeam(1);
                WeightArena arena = new WeightArena()) {
            TilePacker.Source source =
                    (offset, target) -> target.put(file, Math.toIntExact(offset), target.remaining());
            RowTiles w = new TilePacker(arena, team).pack(layout, source, MessageDigest.getInstance("SHA-256"));
            int size = Math.toIntExact(layout.tileBytes());
            byte[] bytes = new byte[2 * size];
            for (int tile = 0; tile < 2; tile++) {
                w.chunk(1 + tile).get(w.offset(1 + tile), bytes, tile * size, size);
            }
            return bytes;
        }
    }

    /** Each token in its own scale: what binary16 cannot hold, what is 0, subnormal or infinite. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void scalesActivations(DType dtype) throws Exception {
        float[] greatest = {1, 3e38f, 70000, 65504, 1e-30f, 0x1p-149f, 0, Float.POSITIVE_INFINITY, -2};
        TileLayout layout = new TileLayout(dtype, 1, 333);
        int columns = layout.columns();
        int stride = Math.toIntExact(FastKernels.rowBytes(layout) / dtype.blockBytes());
        float[] x = new float[greatest.length * columns];
        ByteBuffer expected = LaunchCase.littleEndian(greatest.length * stride * dtype.blockBytes());
        Arrays.fill(expected.array(), UNTOUCHED);
        byte[] before = expected.array().clone();
        float[] scales = new float[greatest.length];
        for (int token = 0; token < greatest.length; token++) {
            for (int i = 0; i < columns; i++) {
                x[token * columns + i] =
                        (float) random.nextDouble(-1, 1) * (Float.isFinite(greatest[token]) ? greatest[token] : 1);
            }
            x[token * columns + random.nextInt(columns)] = greatest[token];
            int exponent = (Float.floatToRawIntBits(greatest[token]) & 0x7fffffff) >>> 23;
            int shift = Math.max(-126, exponent - 127 - 14);
            scales[token] = Math.scalb(1f, shift);
            for (int i = 0; i < columns; i++) {
                float scaled = x[token * columns + i] * Math.scalb(1f, -shift);
                int at = (token * stride + i) * dtype.blockBytes();
                if (dtype == DType.F32) {
                    expected.putFloat(at, scaled);
                } else {
                    expected.putShort(
                            at, dtype == DType.F16 ? Float16.fromFloat(scaled) : Float16.bfloatFromFloat(scaled));
                }
            }
        }
        LaunchCase test = new LaunchCase("fast_input of " + dtype);
        Buffer target = test.output(before, expected.array());
        test.launch(
                "fast_input_" + dtype.name().toLowerCase(Locale.ROOT),
                Size.of(greatest.length),
                BLOCK,
                test.input(x),
                columns,
                stride,
                target,
                test.output(new float[scales.length], scales));
        kernels.check(List.of(test));
    }

    @Test
    void bringsProductsToTheirRows() throws Exception {
        int tokens = 3;
        int rows = 700;
        int firstRow = 96;
        int count = 300;
        float[] products = RandomInputs.floats(tokens * count, 8, random);
        float[] scales = {0.5f, 1024, 1};
        float[] before = new float[tokens * rows];
        Arrays.fill(before, 12345);
        float[] expected = before.clone();
        for (int token = 0; token < tokens; token++) {
            for (int i = 0; i < count; i++) {
                expected[token * rows + firstRow + i] = products[token * count + i] * scales[token];
            }
        }
        LaunchCase test = new LaunchCase("fast_output");
        test.launch(
                "fast_output",
                Size.of(tokens, LinearLaunch.up(count, 256)),
                BLOCK,
                test.input(products),
                count,
                test.input(scales),
                test.output(before, expected),
                rows,
                firstRow,
                count);
        kernels.check(List.of(test));
    }
}
