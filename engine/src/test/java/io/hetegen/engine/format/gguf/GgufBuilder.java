package io.hetegen.engine.format.gguf;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Writes the bytes of a GGUF file. What it is not told it makes valid: counts, lengths, offsets, padding; the methods
 * that take raw numbers and bytes are there to break it.
 */
public final class GgufBuilder {

    private static final int DEFAULT_ALIGNMENT = 32;

    private final List<Pair> pairs = new ArrayList<>();
    private final List<Tensor> tensors = new ArrayList<>();
    private int magic = 0x46554747;
    private int version = 3;
    private int alignment = DEFAULT_ALIGNMENT;
    private @Nullable Long tensorCount;
    private @Nullable Long keyCount;

    private record Pair(byte[] key, int type, byte[] value) {}

    /** A tensor as the header will describe it; a negative offset is replaced by the next free one. */
    public record Tensor(byte[] name, long[] dimensions, int dimensionCount, int type, long offset, byte[] data) {

        public Tensor withName(byte[] name) {
            return new Tensor(name, dimensions, dimensionCount, type, offset, data);
        }

        public Tensor withDimensions(long... dimensions) {
            return new Tensor(name, dimensions, dimensions.length, type, offset, data);
        }

        public Tensor withDimensionCount(int dimensionCount) {
            return new Tensor(name, dimensions, dimensionCount, type, offset, data);
        }

        public Tensor withType(int type) {
            return new Tensor(name, dimensions, dimensionCount, type, offset, data);
        }

        public Tensor withOffset(long offset) {
            return new Tensor(name, dimensions, dimensionCount, type, offset, data);
        }

        public Tensor withData(byte[] data) {
            return new Tensor(name, dimensions, dimensionCount, type, offset, data);
        }

        public String text() {
            return new String(name, UTF_8);
        }
    }

    public GgufBuilder magic(int magic) {
        this.magic = magic;
        return this;
    }

    public GgufBuilder version(int version) {
        this.version = version;
        return this;
    }

    /** Pads tensors to it and writes the key. */
    public GgufBuilder alignment(int alignment) {
        this.alignment = alignment;
        return uint32("general.alignment", alignment);
    }

    public GgufBuilder claimTensors(long count) {
        this.tensorCount = count;
        return this;
    }

    public GgufBuilder claimKeys(long count) {
        this.keyCount = count;
        return this;
    }

    public GgufBuilder string(String key, String value) {
        return raw(key, 8, bytes(out -> out.string(value)));
    }

    public GgufBuilder uint32(String key, int value) {
        return raw(key, 4, bytes(out -> out.int32(value)));
    }

    public GgufBuilder int32(String key, int value) {
        return raw(key, 5, bytes(out -> out.int32(value)));
    }

    public GgufBuilder uint64(String key, long value) {
        return raw(key, 10, bytes(out -> out.int64(value)));
    }

    public GgufBuilder float32(String key, float value) {
        return raw(key, 6, bytes(out -> out.int32(Float.floatToRawIntBits(value))));
    }

    public GgufBuilder float64(String key, double value) {
        return raw(key, 12, bytes(out -> out.int64(Double.doubleToRawLongBits(value))));
    }

    public GgufBuilder bool(String key, boolean value) {
        return raw(key, 7, new byte[] {(byte) (value ? 1 : 0)});
    }

    public GgufBuilder strings(String key, List<String> values) {
        return array(key, 8, values.size(), bytes(out -> {
            values.forEach(out::string);
            return out;
        }));
    }

    public GgufBuilder int32s(String key, int... values) {
        return array(key, 5, values.length, bytes(out -> {
            Arrays.stream(values).forEach(out::int32);
            return out;
        }));
    }

    public GgufBuilder float32s(String key, float... values) {
        return array(key, 6, values.length, bytes(out -> {
            for (float value : values) {
                out.int32(Float.floatToRawIntBits(value));
            }
            return out;
        }));
    }

    /** @param count elements that the file claims */
    public GgufBuilder array(String key, int elementType, long count, byte[] elements) {
        return raw(key, 9, bytes(out -> out.int32(elementType).int64(count).bytes(elements)));
    }

    /** Replaces the value of a key that is there already. */
    public GgufBuilder raw(String key, int type, byte[] value) {
        Pair pair = new Pair(key.getBytes(UTF_8), type, value);
        for (int i = 0; i < pairs.size(); i++) {
            if (Arrays.equals(pairs.get(i).key(), pair.key())) {
                pairs.set(i, pair);
                return this;
            }
        }
        return append(pair.key(), type, value);
    }

    /** Writes the key even if it is there already, or is no key. */
    public GgufBuilder append(byte[] key, int type, byte[] value) {
        pairs.add(new Pair(key, type, value));
        return this;
    }

    public GgufBuilder remove(String key) {
        pairs.removeIf(pair -> Arrays.equals(pair.key(), key.getBytes(UTF_8)));
        return this;
    }

    /** @param type number of the ggml type: 0 F32, 1 F16, 2 Q4_0, 8 Q8_0, 30 BF16 */
    public GgufBuilder tensor(String name, int type, byte[] data, long... dimensions) {
        tensors.add(new Tensor(name.getBytes(UTF_8), dimensions, dimensions.length, type, -1, data));
        return this;
    }

    public GgufBuilder f32Tensor(String name, float[] values, long... dimensions) {
        ByteBuffer data = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return tensor(name, 0, data.array(), dimensions);
    }

    public GgufBuilder removeTensor(String name) {
        tensors.removeIf(tensor -> tensor.text().equals(name));
        return this;
    }

    public GgufBuilder changeTensor(String name, UnaryOperator<Tensor> change) {
        if (tensors.stream().noneMatch(tensor -> tensor.text().equals(name))) {
            throw new IllegalArgumentException("no tensor " + name);
        }
        tensors.replaceAll(tensor -> tensor.text().equals(name) ? change.apply(tensor) : tensor);
        return this;
    }

    public byte[] build() {
        Output out = new Output();
        out.int32(magic).int32(version);
        out.int64(tensorCount == null ? tensors.size() : tensorCount);
        out.int64(keyCount == null ? pairs.size() : keyCount);
        for (Pair pair : pairs) {
            out.int64(pair.key().length).bytes(pair.key()).int32(pair.type()).bytes(pair.value());
        }
        Output data = new Output();
        for (Tensor tensor : tensors) {
            data.padTo(alignment);
            out.int64(tensor.name().length).bytes(tensor.name()).int32(tensor.dimensionCount());
            Arrays.stream(tensor.dimensions()).forEach(out::int64);
            out.int32(tensor.type()).int64(tensor.offset() < 0 ? data.size() : tensor.offset());
            data.bytes(tensor.data());
        }
        return out.padTo(alignment).bytes(data.toByteArray()).toByteArray();
    }

    /** Writes the file into the folder and returns its path. */
    public Path write(Path folder) {
        try {
            return Files.write(folder.resolve("model.gguf"), build());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(UnaryOperator<Output> content) {
        return content.apply(new Output()).toByteArray();
    }

    /** Little-endian. */
    private static final class Output {

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Output int32(int value) {
            return bytes(ByteBuffer.allocate(Integer.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(value)
                    .array());
        }

        Output int64(long value) {
            return bytes(ByteBuffer.allocate(Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(value)
                    .array());
        }

        Output string(String value) {
            byte[] bytes = value.getBytes(UTF_8);
            return int64(bytes.length).bytes(bytes);
        }

        Output bytes(byte[] bytes) {
            out.writeBytes(bytes);
            return this;
        }

        Output padTo(int alignment) {
            while (out.size() % alignment != 0) {
                out.write(0);
            }
            return this;
        }

        int size() {
            return out.size();
        }

        byte[] toByteArray() {
            return out.toByteArray();
        }
    }
}
