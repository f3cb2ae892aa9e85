package io.hetegen.engine.format.gguf;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Map;

/**
 * Reads the header of a GGUF file, versions 2 and 3, little endian (specification: docs/gguf.md of ggml). Whatever the
 * file claims is checked against its length before memory is taken for it.
 */
public final class GgufReader {

    private static final int MAGIC = 'G' | 'G' << 8 | 'U' << 16 | 'F' << 24;
    private static final String ALIGNMENT_KEY = "general.alignment";
    private static final int DEFAULT_ALIGNMENT = 32;

    private GgufReader() {}

    /** @param start the first bytes of a file */
    public static boolean recognises(ByteBuffer start) {
        return start.remaining() >= Integer.BYTES
                && start.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt() == MAGIC;
    }

    /**
     * @param channel open for reading; the model file takes it over and closes it, unless this fails
     * @throws ModelException naming the file, the byte, and the key or tensor
     */
    public static ModelFile read(Path path, FileChannel channel) throws IOException {
        long fileBytes = channel.size();
        HeaderCursor cursor = new HeaderCursor(path, channel, fileBytes);
        cursor.int32("the magic");
        requireVersion(cursor);
        int tensors = TensorReader.count(cursor);
        int keys = MetadataReader.count(cursor);
        Map<String, GgufValue> values = new MetadataReader(cursor).read(keys);
        int alignment = alignment(path, values);
        return new GgufFile(
                path,
                channel,
                new GgufMetadata(path, values),
                new TensorReader(cursor, alignment).read(tensors, fileBytes));
    }

    private static void requireVersion(HeaderCursor cursor) {
        long at = cursor.position();
        int version = cursor.int32("the version");
        if (version == 2 || version == 3) {
            return;
        }
        int swapped = Integer.reverseBytes(version);
        throw cursor.failure(
                at,
                "GGUF version 2 or 3 was expected, got "
                        + (swapped > 0 && swapped <= 3
                                ? swapped + " in big-endian order: big-endian files are not read"
                                : Integer.toUnsignedString(version)));
    }

    /** Type and value as ggml checks them: its padding needs a power of two, the specification a multiple of 8. */
    private static int alignment(Path path, Map<String, GgufValue> values) {
        GgufValue value = values.get(ALIGNMENT_KEY);
        if (value == null) {
            return DEFAULT_ALIGNMENT;
        }
        if (value.type().equals(GgufValueType.UINT32.toString())
                && value.value() instanceof Long alignment
                && alignment >= 8
                && alignment <= 1 << 30
                && Long.bitCount(alignment) == 1) {
            return alignment.intValue();
        }
        throw new ModelException(path + ": key '" + ALIGNMENT_KEY + "': a power of two from 8 to 2^30 as uint32 was"
                + " expected, the file has " + value.type()
                + (value.value() instanceof Long number ? " " + number : ""));
    }
}
