package io.hetegen.engine.format.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.format.ModelMetadata;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufMetadataTest {

    private static final byte[] ALL_BITS = {-1, -1, -1, -1, -1, -1, -1, -1};

    @TempDir
    private Path folder;

    @Test
    void readsIntegersOfEveryWidth() {
        GgufBuilder gguf = new GgufBuilder()
                .raw("u8", 0, new byte[] {-1})
                .raw("i8", 1, new byte[] {-1})
                .raw("u16", 2, new byte[] {-1, -1})
                .raw("i16", 3, new byte[] {-1, -1})
                .uint32("u32", -1)
                .int32("i32", -1)
                .uint64("u64", Long.MAX_VALUE)
                .raw("i64", 11, ALL_BITS);

        check(gguf, metadata -> {
            assertThat(metadata.integer("u8")).hasValue(255);
            assertThat(metadata.integer("i8")).hasValue(-1);
            assertThat(metadata.integer("u16")).hasValue(65_535);
            assertThat(metadata.integer("i16")).hasValue(-1);
            assertThat(metadata.integer("u32")).hasValue(4_294_967_295L);
            assertThat(metadata.integer("i32")).hasValue(-1);
            assertThat(metadata.integer("u64")).hasValue(Long.MAX_VALUE);
            assertThat(metadata.integer("i64")).hasValue(-1);
            assertThat(metadata.integer("absent")).isEmpty();
        });
    }

    @Test
    void readsTheOtherScalars() {
        GgufBuilder gguf = new GgufBuilder()
                .float32("f32", 0.1f)
                .float64("f64", 0.1)
                .bool("yes", true)
                .bool("no", false)
                .string("text", "h\u00e9 \uFFFD \uD83D\uDE00")
                .string("empty", "");

        check(gguf, metadata -> {
            assertThat(metadata.floating("f32")).hasValue(0.1f);
            assertThat(metadata.floating("f64")).hasValue(0.1);
            assertThat(metadata.bool("yes")).contains(true);
            assertThat(metadata.bool("no")).contains(false);
            assertThat(metadata.string("text")).contains("h\u00e9 \uFFFD \uD83D\uDE00");
            assertThat(metadata.string("empty")).contains("");
            assertThat(metadata.keys()).containsExactly("f32", "f64", "yes", "no", "text", "empty");
        });
    }

    @Test
    void readsArrays() {
        GgufBuilder gguf = new GgufBuilder()
                .strings("strings", List.of("a", "", "\u2581b"))
                .strings("none", List.of())
                .int32s("i32s", 1, -2, 3)
                .array("u8s", 0, 3, new byte[] {1, -1, 3})
                .array("i16s", 3, 1, new byte[] {-1, -1})
                .array("u32s", 4, 1, new byte[] {1, 0, 0, 0})
                .array("i64s", 11, 1, ALL_BITS)
                .float32s("f32s", 1.5f, Float.NaN)
                .array("f64s", 12, 1, new byte[8])
                .array("bools", 7, 2, new byte[] {0, 1})
                .int32("scalar", 1);

        check(gguf, metadata -> {
            assertThat(metadata.strings("strings")).contains(List.of("a", "", "\u2581b"));
            assertThat(metadata.strings("none")).contains(List.of());
            assertThat(metadata.strings("absent")).isEmpty();
            assertThat(metadata.integers("i32s")).contains(new int[] {1, -2, 3});
            assertThat(metadata.integers("u8s")).contains(new int[] {1, 255, 3});
            assertThat(metadata.integers("i16s")).contains(new int[] {-1});
            assertThat(metadata.integers("u32s")).contains(new int[] {1});
            assertThat(metadata.integers("i64s")).contains(new int[] {-1});
            assertThat(metadata.floats("f32s")).contains(new float[] {1.5f, Float.NaN});
            assertThat(metadata.floats("f64s")).contains(new float[] {0});
            assertThat(metadata.isArray("none")).isTrue();
            assertThat(metadata.isArray("bools")).isTrue();
            assertThat(metadata.isArray("scalar")).isFalse();
            assertThat(metadata.isArray("absent")).isFalse();
        });
    }

    @Test
    void readsValuesThatAreLongerThanTheBuffer() {
        String text = IntStream.range(0, 60_000).mapToObj(Integer::toString).collect(Collectors.joining("\u00b7"));
        int[] numbers = IntStream.range(0, 50_001).toArray();

        check(new GgufBuilder().string("text", text).int32s("numbers", numbers).string("after", "x"), metadata -> {
            assertThat(metadata.string("text")).contains(text);
            assertThat(metadata.integers("numbers")).contains(numbers);
            assertThat(metadata.string("after")).contains("x");
        });
    }

    @Test
    void readsKeysUpToTheirLimit() {
        String key = "k".repeat(65_535);
        check(
                new GgufBuilder().int32(key, 7),
                metadata -> assertThat(metadata.integer(key)).hasValue(7));
    }

    @Test
    void refusesAnotherTypeNamingKeyAndBoth() {
        GgufBuilder gguf = new GgufBuilder()
                .string("text", "1")
                .int32("i32", 1)
                .uint64("u64", -1)
                .float32s("f32s", 1)
                .array("bools", 7, 1, new byte[1])
                .array("u32s", 4, 2, ALL_BITS)
                .array("u64s", 10, 1, ALL_BITS);

        check(gguf, metadata -> {
            refused(
                    () -> metadata.integer("text"),
                    "'text': an integer of at most 2^63 - 1 was expected, the file has string");
            refused(() -> metadata.integer("u64"), "the file has uint64");
            refused(() -> metadata.integer("u32s"), "the file has array of uint32");
            refused(() -> metadata.floating("i32"), "'i32': a float was expected, the file has int32");
            refused(() -> metadata.string("i32"), "'i32': a string was expected");
            refused(() -> metadata.bool("i32"), "'i32': a bool was expected");
            refused(() -> metadata.strings("text"), "'text': an array of strings was expected, the file has string");
            refused(() -> metadata.strings("f32s"), "the file has array of float32");
            refused(() -> metadata.integers("f32s"), "'f32s': an array of integers was expected");
            refused(() -> metadata.integers("bools"), "the file has array of bool");
            refused(() -> metadata.integers("i32"), "the file has int32");
            refused(() -> metadata.floats("u32s"), "'u32s': an array of floats was expected");
            refused(() -> metadata.integers("u32s"), "'u32s': element 0 must fit 32 bits, got 4294967295");
            refused(() -> metadata.integers("u64s"), "element 0 must fit 32 bits, got 18446744073709551615");
        });
    }

    private void refused(Runnable getter, String message) {
        assertThatThrownBy(getter::run)
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageStartingWith(folder.resolve("model.gguf") + ": key ")
                .hasMessageContaining(message);
    }

    private void check(GgufBuilder gguf, Consumer<ModelMetadata> assertions) {
        try (ModelFile file =
                ModelFiles.open(gguf.tensor("any", 0, new byte[4], 1).write(folder))) {
            assertions.accept(file.metadata());
        }
    }
}
