package io.hetegen.engine.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelMetadata;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.tensor.DType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a synthetic model as a GGUF file (version 3), for programs that read nothing else. The file says that it has
 * no vocabulary, and how many tokens there would be.
 */
final class GgufWriter {

    private static final int MAGIC = 0x46554747;
    private static final int VERSION = 3;
    private static final int ALIGNMENT = 32;
    private static final int PIECE_BYTES = 8 << 20;

    private static final int UINT32 = 4;
    private static final int FLOAT32 = 6;
    private static final int STRING = 8;

    private final ByteArrayOutputStream header = new ByteArrayOutputStream();
    private final ModelFile model;
    private int keys;

    private GgufWriter(ModelFile model) {
        this.model = model;
    }

    /** Replaces the file, which is there whole or not at all. */
    static void write(ModelFile model, Path path) throws IOException {
        Path unfinished = path.resolveSibling(path.getFileName() + ".unfinished");
        try (FileChannel channel = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            new GgufWriter(model).write(channel);
        }
        Files.move(unfinished, path, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private void write(FileChannel channel) throws IOException {
        List<TensorInfo> tensors = new ArrayList<>(model.tensors().values());
        metadata();
        byte[] pairs = header.toByteArray();
        header.reset();
        int32(MAGIC);
        int32(VERSION);
        int64(tensors.size());
        int64(keys);
        header.writeBytes(pairs);
        long offset = 0;
        for (TensorInfo tensor : tensors) {
            describe(tensor, offset);
            offset = aligned(offset + tensor.bytes());
        }
        long start = aligned(header.size());
        writeAll(channel, ByteBuffer.wrap(header.toByteArray()));
        offset = start;
        for (TensorInfo tensor : tensors) {
            channel.position(offset);
            copy(tensor, channel);
            offset = aligned(offset + tensor.bytes());
        }
        // The last tensor is padded too.
        if (channel.size() < offset) {
            channel.position(offset - 1);
            writeAll(channel, ByteBuffer.wrap(new byte[1]));
        }
    }

    private void metadata() {
        ModelMetadata metadata = model.metadata();
        for (String key : metadata.keys()) {
            metadata.string(key).ifPresent(value -> string(key, value));
            metadata.integer(key).ifPresent(value -> uint32(key, Math.toIntExact(value)));
            metadata.floating(key).ifPresent(value -> float32(key, (float) value));
        }
        string("tokenizer.ggml.model", "none");
        uint32(
                metadata.string("general.architecture").orElseThrow() + ".vocab_size",
                ModelConfigReader.read(model).vocabularySize());
    }

    private void describe(TensorInfo tensor, long offset) {
        text(tensor.name());
        boolean isVector = tensor.rows() == 1;
        int32(isVector ? 1 : 2);
        int64(tensor.columns());
        if (!isVector) {
            int64(tensor.rows());
        }
        int32(number(tensor.dtype()));
        int64(offset);
    }

    /** {@code enum ggml_type}. */
    private static int number(DType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q4_1 -> 3;
            case Q5_0 -> 6;
            case Q5_1 -> 7;
            case Q8_0 -> 8;
            case Q2_K -> 10;
            case Q3_K -> 11;
            case Q4_K -> 12;
            case Q5_K -> 13;
            case Q6_K -> 14;
            case IQ4_NL -> 20;
            case IQ4_XS -> 23;
            case BF16 -> 30;
            case MXFP4 -> 39;
        };
    }

    private void copy(TensorInfo tensor, FileChannel channel) throws IOException {
        for (long at = 0; at < tensor.bytes(); at += PIECE_BYTES) {
            ByteBuffer piece = ByteBuffer.allocate((int) Math.min(PIECE_BYTES, tensor.bytes() - at));
            model.read(tensor, at, piece);
            writeAll(channel, piece.flip());
        }
    }

    private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static long aligned(long offset) {
        return (offset + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private void string(String key, String value) {
        key(key, STRING);
        text(value);
    }

    private void uint32(String key, int value) {
        key(key, UINT32);
        int32(value);
    }

    private void float32(String key, float value) {
        key(key, FLOAT32);
        int32(Float.floatToRawIntBits(value));
    }

    private void key(String key, int type) {
        keys++;
        text(key);
        int32(type);
    }

    private void text(String value) {
        byte[] bytes = value.getBytes(UTF_8);
        int64(bytes.length);
        header.writeBytes(bytes);
    }

    private void int32(int value) {
        header.writeBytes(ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
    }

    private void int64(long value) {
        header.writeBytes(ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
    }
}
