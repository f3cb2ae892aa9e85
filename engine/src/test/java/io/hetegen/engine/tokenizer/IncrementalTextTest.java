package io.hetegen.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IncrementalTextTest {

    @Test
    void holdsACharacterBackUntilItIsComplete() {
        try (Tokenizer tokenizer = SmallVocabulary.load(SmallVocabulary.byteLevel())) {
            IncrementalText text = new IncrementalText(tokenizer);
            assertThat(text.add('a')).isEqualTo("a");
            assertThat(text.add(0xF0)).isEmpty();
            assertThat(text.add(0x9F)).isEmpty();
            assertThat(text.add(262)).isEmpty();
            assertThat(text.add(0xA6)).isEmpty();
            assertThat(text.add(0x99)).isEqualTo("🦙");
            assertThat(text.add(0xE2)).isEmpty();
            assertThat(text.add('b')).isEqualTo("\uFFFDb");
            assertThat(text.add(0xE2)).isEmpty();
            assertThat(text.flush()).isEqualTo("\uFFFD");
            assertThat(text.add('c')).isEqualTo("c");
        }
    }

    @Test
    void stripsTheBlankThatEncodingPutThere() {
        try (Tokenizer tokenizer = SmallVocabulary.load(SmallVocabulary.sentencepiece())) {
            IncrementalText text = new IncrementalText(tokenizer);
            assertThat(text.add(1)).isEmpty();
            assertThat(text.add(263)).isEqualTo("ab");
            assertThat(text.add(263)).isEqualTo(" ab");
        }
    }

    /** Bytes are drawn so that broken, overlong and surrogate sequences are frequent. */
    @Test
    void anyBytesGiveWhatDecodingThemAtOnceGives() {
        int[] interesting = {
            'a', ' ', 0x80, 0xBF, 0xC0, 0xC3, 0xA4, 0xE0, 0xE2, 0x82, 0xAC, 0xED, 0xA0, 0xF0, 0x9F, 0x99, 0xF4, 0x90,
            0xF5, 0xFF
        };
        Random random = new Random(7);
        try (Tokenizer tokenizer = SmallVocabulary.load(SmallVocabulary.byteLevel())) {
            for (int run = 0; run < 20_000; run++) {
                byte[] bytes = new byte[random.nextInt(12)];
                List<Integer> ids = new ArrayList<>();
                for (int i = 0; i < bytes.length; i++) {
                    int b = random.nextInt(4) == 0
                            ? random.nextInt(256)
                            : interesting[random.nextInt(interesting.length)];
                    bytes[i] = (byte) b;
                    ids.add(b);
                }
                IncrementalText text = new IncrementalText(tokenizer);
                StringBuilder all = new StringBuilder();
                ids.forEach(id -> all.append(text.add(id)));
                all.append(text.flush());
                assertThat(all.toString())
                        .isEqualTo(new String(bytes, StandardCharsets.UTF_8))
                        .isEqualTo(tokenizer.decode(ids, true));
            }
        }
    }
}
