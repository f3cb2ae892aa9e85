package io.hetegen.engine.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Turns token ids into text one by one, holding back bytes that do not yet make a whole character. All that
 * {@link #add} returned plus {@link #flush} is {@link Tokenizer#decode} of the same ids without special tokens. Not
 * thread safe.
 */
public final class IncrementalText {

    private final Tokenizer tokenizer;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private byte[] pending = new byte[0];
    private boolean started;

    public IncrementalText(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** The characters that became complete with this token; empty if none did. */
    public String add(int id) {
        byte[] token = tokenizer.tokenBytes(id);
        int start = 0;
        if (!started && token.length > 0) {
            started = true;
            start = tokenizer.stripsLeadingBlank() && token[0] == ' ' ? 1 : 0;
        }
        ByteBuffer in = ByteBuffer.allocate(pending.length + token.length - start)
                .put(pending)
                .put(token, start, token.length - start)
                .flip();
        String text = decode(in, false);
        pending = new byte[in.remaining()];
        in.get(pending);
        return text;
    }

    /** What is left at the end of the answer: U+FFFD for a character that never became complete. Starts afresh. */
    public String flush() {
        String text = decode(ByteBuffer.wrap(pending), true);
        pending = new byte[0];
        started = false;
        decoder.reset();
        return text;
    }

    private String decode(ByteBuffer in, boolean end) {
        // UTF-8 never makes more characters than it has bytes.
        CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
        decoder.decode(in, out, end);
        if (end) {
            decoder.flush(out);
        }
        return out.flip().toString();
    }
}
