package io.hetegen.engine.generate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopStringsTest {

    @Test
    void holdsBackOnlyWhatMayStillBecomeAStopString() {
        StopStrings stops = new StopStrings(List.of("</s>", "END"));
        assertThat(stops.add("a<b")).isEqualTo("a<b");
        assertThat(stops.add("c<")).isEqualTo("c");
        assertThat(stops.add("/")).isEmpty();
        assertThat(stops.add("x")).isEqualTo("</x");
        assertThat(stops.add("E")).isEmpty();
        assertThat(stops.add("EN")).isEqualTo("E");
        assertThat(stops.flush()).isEqualTo("EN");
        assertThat(stops.flush()).isEmpty();
        assertThat(stops.stopped()).isFalse();
    }

    @Test
    void endsTheTextAcrossPieces() {
        StopStrings stops = new StopStrings(List.of("</s>"));
        assertThat(stops.add("yes<")).isEqualTo("yes");
        assertThat(stops.add("/s")).isEmpty();
        assertThat(stops.add("> and more")).isEmpty();
        assertThat(stops.stopped()).isTrue();
        assertThat(stops.add("later")).isEmpty();
        assertThat(stops.flush()).isEmpty();
    }

    @Test
    void theOneThatBeginsFirstWins() {
        assertThat(new StopStrings(List.of("c", "abcd")).add("xabcd")).isEqualTo("x");
        assertThat(new StopStrings(List.of("abcd", "c")).add("xabcx")).isEqualTo("xab");
        assertThat(new StopStrings(List.of("b", "a")).add("xab")).isEqualTo("x");
    }

    @Test
    void fallsBackToAShorterBeginning() {
        StopStrings stops = new StopStrings(List.of("aab"));
        assertThat(stops.add("aaa")).isEqualTo("a");
        assertThat(stops.add("c")).isEqualTo("aac");
        assertThat(stops.add("aab")).isEmpty();
        assertThat(stops.stopped()).isTrue();
    }

    /** The longest beginning that a mismatch leaves is found over a shorter one, when the table is made as well. */
    @Test
    void fallsBackMoreThanOnce() {
        StopStrings stops = new StopStrings(List.of("aabaaac"));
        assertThat(stops.add("aabaaa")).isEmpty();
        assertThat(stops.add("b")).isEqualTo("aaba");
        assertThat(stops.add("aaac")).isEmpty();
        assertThat(stops.stopped()).isTrue();
    }

    /** Two letters and short pieces make every kind of overlap. */
    @Test
    void agreesWithSearchingTheWholeTextAfterEachPiece() {
        Random random = new Random(7);
        int stopped = 0;
        for (int round = 0; round < 5_000; round++) {
            List<String> texts =
                    List.of(letters(random, 1 + random.nextInt(6)), letters(random, 2 + random.nextInt(5)));
            StopStrings stops = new StopStrings(texts);
            StringBuilder whole = new StringBuilder();
            StringBuilder released = new StringBuilder();
            int begin = -1;
            for (int piece = 0; piece < 8 && begin < 0; piece++) {
                String text = letters(random, random.nextInt(4));
                whole.append(text);
                released.append(stops.add(text));
                begin = firstOf(texts, whole.toString());
                if (begin < 0) {
                    assertThat(whole.length() - released.length()).isEqualTo(longestBeginningAtEnd(texts, whole));
                }
            }
            assertThat(stops.stopped()).isEqualTo(begin >= 0);
            released.append(stops.flush());
            assertThat(released.toString()).isEqualTo(begin < 0 ? whole.toString() : whole.substring(0, begin));
            stopped += begin < 0 ? 0 : 1;
        }
        assertThat(stopped).isBetween(1_000, 4_900);
    }

    private static int firstOf(List<String> stops, String text) {
        List<Integer> begins = new ArrayList<>();
        for (String stop : stops) {
            if (text.contains(stop)) {
                begins.add(text.indexOf(stop));
            }
        }
        return begins.stream().min(Integer::compare).orElse(-1);
    }

    private static int longestBeginningAtEnd(List<String> stops, CharSequence text) {
        int longest = 0;
        for (String stop : stops) {
            for (int length = 1; length < stop.length(); length++) {
                if (text.toString().endsWith(stop.substring(0, length))) {
                    longest = Math.max(longest, length);
                }
            }
        }
        return longest;
    }

    private static String letters(Random random, int length) {
        StringBuilder letters = new StringBuilder();
        for (int i = 0; i < length; i++) {
            letters.append(random.nextInt(3) == 0 ? 'b' : 'a');
        }
        return letters.toString();
    }
}
