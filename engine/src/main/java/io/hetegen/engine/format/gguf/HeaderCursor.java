package io.hetegen.engine.format.gguf;

import io.hetegen.engine.ModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Reads the header front to back through one buffer. Nothing is read or allocated before it is known to lie inside the
 * file and inside {@link #MAX_HEADER_BYTES}; failures name the file, what was being read and the byte.
 */
final class HeaderCursor {

    /** A vocabulary of 262,144 tokens with its merges takes less than 20 MiB. */
    static final int MAX_HEADER_BYTES = 128 << 20;

    private static final int BUFFER_BYTES = 1 << 16;

    private final Path path;
    private final FileChannel channel;
    private final long fileBytes;
    private final ByteBuffer buffer =
            ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);
    private long bufferEnd;

    HeaderCursor(Path path, FileChannel channel, long fileBytes) {
        this.path = path;
        this.channel = channel;
        this.fileBytes = fileBytes;
    }

    long position() {
        return bufferEnd - buffer.remaining();
    }

    int uint8(String what) {
        return Byte.toUnsignedInt(next(Byte.BYTES, what).get());
    }

    short int16(String what) {
        return next(Short.BYTES, what).getShort();
    }

    int int32(String what) {
        return next(Integer.BYTES, what).getInt();
    }

    long int64(String what) {
        return next(Long.BYTES, what).getLong();
    }

    boolean bool(String what) {
        int value = uint8(what);
        if (value > 1) {
            throw failure(position() - 1, what + ": a bool must be 0 or 1, got " + value);
        }
        return value == 1;
    }

    /** A 64-bit count of things of at least {@code leastBytes} each. */
    int count(String what, int leastBytes, int most) {
        long at = position();
        long count = int64(what);
        if (count < 0 || count > most) {
            throw failure(at, what + " is " + Long.toUnsignedString(count) + ", at most " + most + " are read");
        }
        requireLeft(at, what, count, leastBytes);
        return (int) count;
    }

    String string(String what, int mostBytes) {
        long at = position();
        int length = count("the length of " + what, 1, mostBytes);
        if (length == 0) {
            return "";
        }
        byte[] bytes = bytes(length, what);
        String string = new String(bytes, StandardCharsets.UTF_8);
        // The lenient decoder puts U+FFFD wherever the bytes are wrong; a strict one is slow and needed only then.
        if (string.indexOf('\uFFFD') >= 0) {
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            } catch (CharacterCodingException e) {
                throw failure(at, what + " is not UTF-8");
            }
        }
        return string;
    }

    byte[] bytes(int length, String what) {
        requireLeft(position(), what, length, 1);
        byte[] bytes = new byte[length];
        for (int done = 0; done < length; ) {
            int part = Math.min(BUFFER_BYTES, length - done);
            next(part, what).get(bytes, done, part);
            done += part;
        }
        return bytes;
    }

    ModelException failure(long at, String message) {
        return new ModelException(path + ": byte " + at + ": " + message);
    }

    private void requireLeft(long at, String what, long count, int leastBytes) {
        long inFile = fileBytes - position();
        long inHeader = MAX_HEADER_BYTES - position();
        long needed = Math.multiplyExact(count, leastBytes);
        if (needed > inFile) {
            throw failure(
                    at, what + ": at least " + needed + " bytes must follow, the file has only " + inFile + " more");
        }
        if (needed > inHeader) {
            throw failure(at, what + ": the header goes past " + MAX_HEADER_BYTES + " bytes, the most that is read");
        }
    }

    private ByteBuffer next(int bytes, String what) {
        if (buffer.remaining() < bytes) {
            requireLeft(position(), what, bytes, 1);
            refill(bytes, what);
        }
        return buffer;
    }

    private void refill(int bytes, String what) {
        buffer.compact();
        try {
            while (buffer.position() < bytes) {
                int read = channel.read(buffer, bufferEnd);
                if (read < 0) {
                    throw failure(bufferEnd, "the file became shorter while " + what + " was read");
                }
                bufferEnd += read;
            }
        } catch (IOException e) {
            throw new ModelException(path + ": byte " + bufferEnd + ": cannot be read: " + e.getMessage(), e);
        } finally {
            buffer.flip();
        }
    }
}
