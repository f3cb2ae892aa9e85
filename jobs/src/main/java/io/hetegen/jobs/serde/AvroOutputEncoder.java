package io.hetegen.jobs.serde;

import io.hetegen.schemas.Completion;
import io.hetegen.schemas.TokenPreview;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.TreeMap;

/** Output records in Avro's single-object encoding. */
final class AvroOutputEncoder implements OutputEncoder {

    private static final long serialVersionUID = 1L;

    @Override
    public byte[] encode(Completion completion) {
        // Avro writes a map in its own order, and a restored map may have another one.
        Completion sorted = Completion.newBuilder(completion)
                .setAttributes(new TreeMap<>(completion.getAttributes()))
                .build();
        try {
            return bytes(sorted.toByteBuffer());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public byte[] encode(TokenPreview preview) {
        try {
            return bytes(preview.toByteBuffer());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }
}
