package io.hetegen.operator;

import org.apache.flink.api.java.functions.KeySelector;

/**
 * The Flink key of a record: an injective, readable text of its key's bytes ({@code key:} and the bytes, all but
 * letters, digits, {@code -}, {@code _} and {@code .} as {@code %XX}). A record without a key gets its position as a
 * key of its own ({@code at:topic-partition-offset}) and is therefore ordered with nothing.
 */
final class RecordKey implements KeySelector<Envelope, String> {

    private static final long serialVersionUID = 1L;
    private static final String HEX = "0123456789ABCDEF";

    @Override
    public String getKey(Envelope envelope) {
        return of(envelope);
    }

    static String of(Envelope envelope) {
        byte[] key = envelope.key();
        if (key == null) {
            return "at:" + envelope.topic() + '-' + envelope.partition() + '-' + envelope.offset();
        }
        StringBuilder text = new StringBuilder("key:".length() + key.length).append("key:");
        for (byte b : key) {
            char c = (char) (b & 0xFF);
            if (isPlain(c)) {
                text.append(c);
            } else {
                text.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xF));
            }
        }
        return text.toString();
    }

    private static boolean isPlain(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '_'
                || c == '.';
    }
}
