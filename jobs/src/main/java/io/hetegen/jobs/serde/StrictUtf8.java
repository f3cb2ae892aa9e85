package io.hetegen.jobs.serde;

import io.hetegen.operator.UndecodableRecordException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Bytes to text without the silent U+FFFD that {@code new String} puts in place of what is not UTF-8. */
final class StrictUtf8 {

    private StrictUtf8() {}

    /** @param what names the bytes in the error message */
    static String decode(byte[] bytes, String what) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(buffer)
                    .toString();
        } catch (CharacterCodingException e) {
            throw new UndecodableRecordException(
                    what + " is not UTF-8: malformed from byte " + buffer.position() + " on", e);
        }
    }
}
