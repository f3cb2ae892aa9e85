package io.hetegen.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.tensor.DType;
import io.hetegen.engine.tensor.RowTiles;
import io.hetegen.engine.tensor.TileLayout;
import io.hetegen.engine.tensor.TilePacker;
import io.hetegen.engine.tensor.WeightArena;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Weights read back from their packed form have the bits of ggml's {@code to_float}, in ggml's own blocks and in random ones. */
@EnabledIfSystemProperty(named = "hetegen.fixtures", matches = ".+")
class DequantFixtureTest {

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "F32")
    void hasTheBitsOfGgml(DType dtype) throws IOException {
        Path folder = Path.of(System.getProperty("hetegen.fixtures"), "gguf", "dequant");
        JsonNode fixture =
                new ObjectMapper().readTree(folder.resolve(dtype + ".json").toFile());
        byte[] raw = HexFormat.of().parseHex(fixture.get("raw_hex").asText());
        int elements = Math.toIntExact(raw.length / dtype.blockBytes() * (long) dtype.blockSize());
        assertThat(raw).hasSize(Math.toIntExact(dtype.bytes(elements)));
        int[] expected = new int[elements];
        ByteBuffer.wrap(HexFormat.of().parseHex(fixture.get("values_f32le_hex").asText()))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asIntBuffer()
                .get(expected);

        assertThat(values(raw, dtype, 1, elements)).as("in one row").isEqualTo(expected);
        int rows = elements / dtype.blockSize();
        assertThat(values(raw, dtype, rows, dtype.blockSize()))
                .as("a block per row")
                .isEqualTo(expected);
    }

    private static int[] values(byte[] raw, DType dtype, int rows, int columns) {
        try (ThreadTeam team = new ThreadTeam(1);
                WeightArena arena = new WeightArena()) {
            TilePacker.Source source = (offset, target) -> target.put(raw, Math.toIntExact(offset), target.remaining());
            RowTiles w = new TilePacker(arena, team)
                    .pack(new TileLayout(dtype, rows, columns), source, MessageDigest.getInstance("SHA-256"));
            int[] bits = new int[rows * columns];
            float[] row = new float[columns];
            for (int r = 0; r < rows; r++) {
                new ReferenceKernels().row(w, r, row, 0);
                for (int k = 0; k < columns; k++) {
                    bits[r * columns + k] = Float.floatToRawIntBits(row[k]);
                }
            }
            return bits;
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
