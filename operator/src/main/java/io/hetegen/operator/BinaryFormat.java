package io.hetegen.operator;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/**
 * The primitives that the serializers of this package are made of. Lengths are 4 bytes, big endian; reading never
 * allocates more than a constant factor of the bytes that are really there, whatever a damaged length says.
 */
final class BinaryFormat {

    private static final int ABSENT = -1;
    private static final int CHUNK_BYTES = 1 << 16;

    private BinaryFormat() {}

    static void writeBytes(byte @Nullable [] bytes, DataOutputView out) throws IOException {
        if (bytes == null) {
            out.writeInt(ABSENT);
        } else {
            out.writeInt(bytes.length);
            out.write(bytes);
        }
    }

    static byte @Nullable [] readNullableBytes(String field, DataInputView in) throws IOException {
        int length = in.readInt();
        return length == ABSENT ? null : readBytes(field, length, in);
    }

    static byte[] readBytes(String field, DataInputView in) throws IOException {
        return readBytes(field, in.readInt(), in);
    }

    static void writeString(String text, DataOutputView out) throws IOException {
        writeBytes(text.getBytes(StandardCharsets.UTF_8), out);
    }

    static String readString(String field, DataInputView in) throws IOException {
        return new String(readBytes(field, in), StandardCharsets.UTF_8);
    }

    static void writeStrings(Map<String, String> strings, DataOutputView out) throws IOException {
        out.writeInt(strings.size());
        for (Map.Entry<String, String> entry : strings.entrySet()) {
            writeString(entry.getKey(), out);
            writeString(entry.getValue(), out);
        }
    }

    static Map<String, String> readStrings(String field, DataInputView in) throws IOException {
        int size = readCount(field, in);
        Map<String, String> strings = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
            strings.put(readString(field, in), readString(field, in));
        }
        return strings;
    }

    /** A number of elements; the caller must not reserve room for them before it has read them. */
    static int readCount(String field, DataInputView in) throws IOException {
        return requireNotNegative(field, in.readInt());
    }

    /** One of the enum's constants by its position, which is therefore part of the format. */
    static <E> E readConstant(String field, E[] constants, DataInputView in) throws IOException {
        int position = in.readUnsignedByte();
        if (position >= constants.length) {
            throw new IOException(field + " has the code " + position + ", expected 0 to " + (constants.length - 1)
                    + ": the state is damaged or was written by a newer version");
        }
        return constants[position];
    }

    /** A constant that was written as a text. */
    static <E> E readLabel(String field, E[] constants, Function<E, String> label, DataInputView in)
            throws IOException {
        String written = readString(field, in);
        for (E constant : constants) {
            if (label.apply(constant).equals(written)) {
                return constant;
            }
        }
        throw new IOException(field + " is '" + written + "': the state is damaged or was written by a newer version");
    }

    private static byte[] readBytes(String field, int length, DataInputView in) throws IOException {
        requireNotNegative(field, length);
        byte[] bytes = new byte[Math.min(length, CHUNK_BYTES)];
        int read = 0;
        while (true) {
            in.readFully(bytes, read, bytes.length - read);
            read = bytes.length;
            if (read == length) {
                return bytes;
            }
            bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * read));
        }
    }

    private static int requireNotNegative(String field, int length) throws IOException {
        if (length < 0) {
            throw new IOException(field + " has the length " + length + ", expected 0 or more: the state is damaged");
        }
        return length;
    }
}
