package io.hetegen.operator;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecordKeyTest {

    @Test
    void readableKeysStayReadable() {
        assertThat(key("ticket-4711.A_b".getBytes(StandardCharsets.US_ASCII))).isEqualTo("key:ticket-4711.A_b");
        assertThat(key("ä %".getBytes(StandardCharsets.UTF_8))).isEqualTo("key:%C3%A4%20%25");
    }

    @Test
    void anEmptyKeyIsAKeyAndNoneIsTheRecordsPosition() {
        assertThat(key(new byte[0])).isEqualTo("key:");
        assertThat(key(null)).isEqualTo("at:some-topic-3-42");
    }

    @Test
    void differentBytesAreDifferentKeys() {
        Set<String> keys = new HashSet<>();
        for (int first = 0; first < 256; first++) {
            keys.add(key(new byte[] {(byte) first}));
            for (int second = 0; second < 256; second++) {
                keys.add(key(new byte[] {(byte) first, (byte) second}));
            }
        }
        keys.add(key("%00".getBytes(StandardCharsets.US_ASCII)));
        keys.add(key("at:some-topic-3-42".getBytes(StandardCharsets.US_ASCII)));
        keys.add(key(null));
        assertThat(keys).hasSize(256 + 256 * 256 + 3);
    }

    private static String key(byte @Nullable [] key) {
        return RecordKey.of(new Envelope("some-topic", 3, 42, 0, List.of(), key, null));
    }
}
