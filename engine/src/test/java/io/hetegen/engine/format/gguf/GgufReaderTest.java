package io.hetegen.engine.format.gguf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.management.ThreadMXBean;
import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.tensor.DType;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufReaderTest {

    private static final int STRING = 8;
    private static final int ARRAY = 9;
    private static final int F32 = 0;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"2, 32", "3, 8", "3, 32", "3, 64", "3, 4096"})
    void readsTensorsOfBothVersionsAtEveryAlignment(int version, int alignment) {
        GgufBuilder gguf = new GgufBuilder()
                .version(version)
                .alignment(alignment)
                .tensor("one", F32, new byte[4], 1)
                .tensor("matrix", F32, new byte[3 * 5 * 4], 3, 5)
                .tensor("experts", 8, new byte[64 / 32 * 34 * 3 * 2], 64, 3, 2)
                .tensor("n".repeat(64), F32, new byte[4], 1)
                .tensor("half", 30, new byte[2 * 7], 7, 1, 1, 1);

        try (ModelFile file = open(gguf)) {
            assertThat(file.tensors().keySet()).containsExactly("one", "matrix", "experts", "n".repeat(64), "half");
            assertThat(file.tensors().values())
                    .extracting(TensorInfo::dtype, TensorInfo::rows, TensorInfo::columns)
                    .containsExactly(
                            tuple(DType.F32, 1L, 1L),
                            tuple(DType.F32, 5L, 3L),
                            tuple(DType.Q8_0, 6L, 64L),
                            tuple(DType.F32, 1L, 1L),
                            tuple(DType.BF16, 1L, 7L));
            assertThat(file.tensors().values())
                    .allSatisfy(
                            tensor -> assertThat(tensor.offset() % alignment).isZero());
        }
    }

    @Test
    void acceptsTensorsInAnyOrderOfTheirData() {
        GgufBuilder gguf = new GgufBuilder()
                .tensor("second", F32, new byte[32], 8)
                .tensor("first", F32, new byte[32], 8)
                .changeTensor("second", tensor -> tensor.withOffset(32))
                .changeTensor("first", tensor -> tensor.withOffset(0));

        try (ModelFile file = open(gguf)) {
            assertThat(file.tensor("second").offset())
                    .isEqualTo(file.tensor("first").offset() + 32);
        }
    }

    static Stream<Arguments> malformed() {
        byte[] notUtf8 = {'a', (byte) 0xC3, 'b'};
        byte[] surrogate = {(byte) 0xED, (byte) 0xA0, (byte) 0x80};
        byte[] length = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 127
        };
        return Stream.of(
                arguments("GGUF version 2 or 3 was expected, got 1", valid().version(1)),
                arguments("GGUF version 2 or 3 was expected, got 4", valid().version(4)),
                arguments("3 in big-endian order", valid().version(3 << 24)),
                arguments("byte 8: the number of tensors is 65537", valid().claimTensors(65_537)),
                arguments("byte 8: the number of tensors is 18446744073709551615", valid().claimTensors(-1)),
                arguments(
                        "byte 16: the number of metadata keys is 9223372036854775808",
                        valid().claimKeys(Long.MIN_VALUE)),
                arguments("byte 16: the number of metadata keys: at least", valid().claimKeys(60_000)),
                arguments("metadata key 3 of 3 is empty", valid().append(new byte[0], STRING, new byte[8])),
                arguments("metadata key 3 of 3 is not UTF-8", valid().append(notUtf8, STRING, new byte[8])),
                arguments("metadata key 3 of 3 is not UTF-8", valid().append(surrogate, STRING, new byte[8])),
                arguments("is 65536, at most 65535", valid().append(new byte[65_536], STRING, new byte[8])),
                arguments(
                        "key 'text' comes a second time", valid().append("text".getBytes(UTF_8), STRING, new byte[8])),
                arguments("key 'x' has the unknown value type 13", valid().raw("x", 13, new byte[8])),
                arguments("key 'x' has the unknown value type 4294967295", valid().raw("x", -1, new byte[8])),
                arguments("key 'x': a bool must be 0 or 1, got 2", valid().raw("x", 7, new byte[] {2})),
                arguments("key 'x': a bool must be 0 or 1, got 255", valid().array("x", 7, 2, new byte[] {1, -1})),
                arguments("the length of key 'x' is 9223372036854775807", valid().raw("x", STRING, length)),
                arguments("key 'x' is not UTF-8", valid().raw("x", STRING, new byte[] {1, 0, 0, 0, 0, 0, 0, 0, -1})),
                arguments("key 'x' is an array of arrays", valid().array("x", ARRAY, 0, new byte[0])),
                arguments(
                        "key 'x' (array elements) has the unknown value type 99",
                        valid().array("x", 99, 0, new byte[0])),
                arguments(
                        "the array length of key 'x' is 2305843009213693952",
                        valid().array("x", 10, 1L << 61, new byte[8])),
                arguments(
                        "the array length of key 'x' is 2097153",
                        valid().array("x", STRING, (1 << 21) + 1, new byte[8])),
                arguments(
                        "the array length of key 'x': at least 8000000 bytes",
                        valid().array("x", 12, 1_000_000, new byte[8])),
                arguments(
                        "power of two from 8 to 2^30 as uint32 was expected, the file has uint32 0",
                        valid().uint32("general.alignment", 0)),
                arguments("the file has uint32 4", valid().uint32("general.alignment", 4)),
                arguments("the file has uint32 24", valid().uint32("general.alignment", 24)),
                arguments("the file has uint32 2147483648", valid().uint32("general.alignment", 1 << 31)),
                arguments("the file has uint64 32", valid().uint64("general.alignment", 32)),
                arguments("the file has string", valid().string("general.alignment", "32")),
                arguments("the name of tensor 2 of 2 is empty", valid(tensor -> tensor.withName(new byte[0]))),
                arguments("the name of tensor 2 of 2 is not UTF-8", valid(tensor -> tensor.withName(notUtf8))),
                arguments("is 65, at most 64", valid(tensor -> tensor.withName(new byte[65]))),
                arguments("tensor 'a' comes a second time", valid(tensor -> tensor.withName(new byte[] {'a'}))),
                arguments("tensor 'b' must have 1 to 4 dimensions, got 0", valid(tensor -> tensor.withDimensions())),
                arguments(
                        "tensor 'b' must have 1 to 4 dimensions, got 5",
                        valid(tensor -> tensor.withDimensions(1, 1, 1, 1, 1))),
                arguments(
                        "tensor 'b' must have 1 to 4 dimensions, got 4294967295",
                        valid(tensor -> tensor.withDimensionCount(-1))),
                arguments(
                        "tensor 'b': dimensions must be positive, got 0", valid(tensor -> tensor.withDimensions(0, 3))),
                arguments(
                        "tensor 'b': dimensions must be positive, got -8",
                        valid(tensor -> tensor.withDimensions(-8, -1))),
                arguments("overflow 64 bits", valid(tensor -> tensor.withDimensions(1L << 32, 1L << 32))),
                arguments("overflow 64 bits", valid(tensor -> tensor.withDimensions(8, (1L << 61) + 1))),
                arguments("overflow 64 bits", valid(tensor -> tensor.withDimensions(1L << 61))),
                arguments(
                        "overflow 64 bits",
                        valid(tensor -> tensor.withDimensions(1L << 60, 1).withOffset(1L << 62))),
                arguments(
                        "of type Q8_0: rows must be a multiple of 32 elements long, got 8",
                        valid(tensor -> tensor.withType(8))),
                arguments(
                        "of type Q6_K: rows must be a multiple of 256 elements long, got 8",
                        valid(tensor -> tensor.withType(14))),
                arguments(
                        "tensor 'b' is of type IQ2_XXS, which is not supported: supported are F32, F16, Q4_0, Q4_1, Q5_0,"
                                + " Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL, IQ4_XS, BF16, MXFP4",
                        valid(tensor -> tensor.withType(16))),
                arguments("tensor 'b' has the unknown type 4:", valid(tensor -> tensor.withType(4))),
                arguments("tensor 'b' has the unknown type 4294967295", valid(tensor -> tensor.withType(-1))),
                arguments(
                        "tensor 'b': the offset must be a multiple of 32, got 8",
                        valid(tensor -> tensor.withOffset(8))),
                arguments(
                        "tensor 'b' takes 32 bytes at offset 4096 of the tensor data, which has only 64",
                        valid(tensor -> tensor.withOffset(4096))),
                arguments(
                        "tensor 'b' takes 36 bytes at offset 32 of the tensor data, which has only 64",
                        valid(tensor -> tensor.withDimensions(9))),
                arguments("tensors 'a' and 'b' overlap", valid(tensor -> tensor.withOffset(0))));
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void refusesNamingFileAndFault(String message, GgufBuilder gguf) {
        assertThatThrownBy(() -> open(gguf))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageStartingWith(folder.resolve("model.gguf") + ": ")
                .hasMessageContaining(message);
    }

    @Test
    void refusesTheFileCutAtEveryByte() throws IOException {
        byte[] whole = TinyLlama.gguf().build();
        Path path = folder.resolve("cut.gguf");
        int headerAndSomeData = whole.length / 3;
        for (int length = 0; length < whole.length; length += length < headerAndSomeData ? 1 : 97) {
            Files.write(path, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> ModelFiles.open(path).close())
                    .as("cut at byte %d of %d", length, whole.length)
                    .isExactlyInstanceOf(ModelException.class);
        }
        Files.write(path, whole);
        ModelFiles.open(path).close();
    }

    @ParameterizedTest
    @ValueSource(longs = {60_000, 30_000_000, Integer.MAX_VALUE, Long.MAX_VALUE, -1})
    void takesNoMemoryForWhatTheFileOnlyClaims(long claim) {
        byte[] claimed = new byte[Long.BYTES];
        for (int i = 0; i < claimed.length; i++) {
            claimed[i] = (byte) (claim >>> 8 * i);
        }
        List<GgufBuilder> liars = List.of(
                valid().claimTensors(claim),
                valid().claimKeys(claim),
                valid().raw("x", STRING, claimed),
                valid().array("x", 0, claim, new byte[1]),
                valid().array("x", 7, claim, new byte[1]),
                valid().array("x", STRING, claim, new byte[8]));
        for (GgufBuilder liar : liars) {
            Path path = liar.write(folder);
            long before = allocatedBytes();
            assertThatThrownBy(() -> ModelFiles.open(path)).isInstanceOf(ModelException.class);
            assertThat(allocatedBytes() - before).isLessThan(1 << 20);
        }
    }

    @Test
    void refusesAHeaderThatGoesPastItsLimitBeforeReadingIt() throws IOException {
        int length = HeaderCursor.MAX_HEADER_BYTES - 1;
        Path path = valid().array("x", 0, length, new byte[0]).write(folder);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), 2L * HeaderCursor.MAX_HEADER_BYTES);
        }
        long before = allocatedBytes();
        assertThatThrownBy(() -> ModelFiles.open(path))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("key 'x': the header goes past 134217728 bytes");
        assertThat(allocatedBytes() - before).isLessThan(1 << 20);
    }

    @Test
    void countsTheStringsOfAllArraysTogether() {
        int half = (1 << 20) + 1;
        GgufBuilder gguf =
                valid().array("x", STRING, half, new byte[8 * half]).array("y", STRING, half, new byte[8 * half]);
        assertThatThrownBy(() -> open(gguf))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("the array length of key 'y' is 1048577, at most 1048575 are read");
    }

    private static long allocatedBytes() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    private static GgufBuilder valid() {
        return new GgufBuilder()
                .string("text", "value")
                .int32("number", -1)
                .tensor("a", F32, new byte[32], 8)
                .tensor("b", F32, new byte[32], 8);
    }

    private static GgufBuilder valid(UnaryOperator<GgufBuilder.Tensor> change) {
        return valid().changeTensor("b", change);
    }

    private ModelFile open(GgufBuilder gguf) {
        return ModelFiles.open(gguf.write(folder));
    }
}
