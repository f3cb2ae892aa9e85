package io.hetegen.jobs.serde;

import io.hetegen.operator.UndecodableRecordException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.util.Utf8;

/**
 * Avro's binary decoding of bytes from a stranger: no length is believed that goes past the end of the bytes, so that
 * nothing larger than the record is ever allocated, and strings are strict UTF-8.
 *
 * <p>Avro 1.11's own decoder allocates up to 2 GiB for the length that a string claims, and its limits are system
 * properties of the whole JVM.
 */
final class BoundedDecoder extends Decoder {

    private final ByteArrayInputStream bytes;
    // The direct decoder reads nothing ahead: what the stream has left is what the record has left.
    private final BinaryDecoder decoder;

    BoundedDecoder(byte[] bytes, int offset) {
        this.bytes = new ByteArrayInputStream(bytes, offset, bytes.length - offset);
        this.decoder = DecoderFactory.get().directBinaryDecoder(this.bytes, null);
    }

    int remaining() {
        return bytes.available();
    }

    @Override
    public String readString() throws IOException {
        byte[] text = new byte[requireRemaining(decoder.readLong(), "a string")];
        decoder.readFixed(text);
        return StrictUtf8.decode(text, "a string");
    }

    @Override
    public Utf8 readString(Utf8 old) throws IOException {
        return new Utf8(readString());
    }

    @Override
    public void skipString() throws IOException {
        decoder.skipFixed(requireRemaining(decoder.readLong(), "a string"));
    }

    @Override
    public ByteBuffer readBytes(ByteBuffer old) throws IOException {
        byte[] content = new byte[requireRemaining(decoder.readLong(), "a byte array")];
        decoder.readFixed(content);
        return ByteBuffer.wrap(content);
    }

    @Override
    public void skipBytes() throws IOException {
        decoder.skipFixed(requireRemaining(decoder.readLong(), "a byte array"));
    }

    @Override
    public long readArrayStart() throws IOException {
        return blockCount("an array");
    }

    @Override
    public long arrayNext() throws IOException {
        return blockCount("an array");
    }

    @Override
    public long skipArray() throws IOException {
        return blockCount("an array");
    }

    @Override
    public long readMapStart() throws IOException {
        return blockCount("a map");
    }

    @Override
    public long mapNext() throws IOException {
        return blockCount("a map");
    }

    @Override
    public long skipMap() throws IOException {
        return blockCount("a map");
    }

    // Every element of our schemas takes at least one byte, so a count is bounded by the bytes that are left.
    private int blockCount(String what) throws IOException {
        long count = decoder.readLong();
        if (count >= 0) {
            return requireRemaining(count, what);
        }
        requireRemaining(decoder.readLong(), "a block of " + what);
        return requireRemaining(-count, what);
    }

    @Override
    public void readNull() {}

    @Override
    public boolean readBoolean() throws IOException {
        return decoder.readBoolean();
    }

    @Override
    public int readInt() throws IOException {
        return decoder.readInt();
    }

    @Override
    public long readLong() throws IOException {
        return decoder.readLong();
    }

    @Override
    public float readFloat() throws IOException {
        return decoder.readFloat();
    }

    @Override
    public double readDouble() throws IOException {
        return decoder.readDouble();
    }

    @Override
    public void readFixed(byte[] target, int start, int length) throws IOException {
        decoder.readFixed(target, start, length);
    }

    @Override
    public void skipFixed(int length) throws IOException {
        decoder.skipFixed(length);
    }

    @Override
    public int readEnum() throws IOException {
        return decoder.readEnum();
    }

    @Override
    public int readIndex() throws IOException {
        return decoder.readIndex();
    }

    private int requireRemaining(long length, String what) {
        if (length < 0 || length > bytes.available()) {
            throw new UndecodableRecordException(
                    what + " claims a length of " + length + ", the record has " + bytes.available() + " bytes left");
        }
        return (int) length;
    }
}
