package io.hetegen.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.ModelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerLoaderTest {

    private static final String ANY = "hello <|end|> hell\n\0 ▁ äß 日本 🦙 <0x41> \u00a0  x";

    @Test
    void byteLevelMergesInOrderOfRank() {
        try (Tokenizer tokenizer = SmallVocabulary.load(SmallVocabulary.byteLevel())) {
            assertThat(tokenizer.encode("hello hell", false, false)).containsExactly(260, 259);
        }
    }

    @Test
    void sentencepieceMergesByScoreAndFallsBackToBytes() {
        try (Tokenizer tokenizer = SmallVocabulary.load(SmallVocabulary.sentencepiece())) {
            // ab has a better score than ▁ab, and then ▁ and ab still join.
            assertThat(tokenizer.encode("ab c", false, false)).containsExactly(263, 259, 3 + 'c');
            assertThat(tokenizer.encode("ä", false, false)).containsExactly(259, 3 + 0xC3, 3 + 0xA4);
        }
    }

    @Test
    void specialTokensInTextAreTextUnlessAskedFor() {
        try (Tokenizer tokenizer = SmallVocabulary.load(SmallVocabulary.byteLevel())) {
            assertThat(tokenizer.encode("a<|end|>", false, true)).containsExactly((int) 'a', 262);
            assertThat(tokenizer.encode("a<|end|>", false, false))
                    .doesNotContain(262)
                    .hasSize(8);
            assertThat(tokenizer.encode("a<tool>", false, false)).containsExactly((int) 'a', 263);
        }
    }

    @Test
    void piecesAreTokenizedTogetherButSpecialTokensNeverReachAcross() {
        try (Tokenizer tokenizer = SmallVocabulary.load(SmallVocabulary.byteLevel())) {
            List<TextPiece> pieces = List.of(
                    new TextPiece("<|begin|>hel", true),
                    new TextPiece("lo<|end|>", false),
                    new TextPiece("<|", true),
                    new TextPiece("end|>", false));
            assertThat(tokenizer.encode(pieces, false))
                    .startsWith(261, 260)
                    .doesNotContain(262)
                    .hasSize(2 + 7 + 7);
        }
        try (Tokenizer tokenizer = SmallVocabulary.load(SmallVocabulary.sentencepiece())) {
            List<TextPiece> pieces = List.of(new TextPiece("a", true), new TextPiece("b", false));
            assertThat(tokenizer.encode(pieces, false)).containsExactly(263);
        }
    }

    @Test
    void theEndTokenIsSpecialEvenIfTheFileCallsItNormal() {
        Map<String, Object> values = SmallVocabulary.byteLevel();
        values.remove("tokenizer.ggml.token_type");
        try (Tokenizer tokenizer = SmallVocabulary.load(values)) {
            assertThat(tokenizer.encode("<|end|>", false, false)).doesNotContain(262);
            assertThat(tokenizer.encode("<|end|>", false, true)).containsExactly(262);
            assertThat(tokenizer.tokenBytes(262)).isEmpty();
        }
    }

    @Test
    void aWordThatSpellsAControlTokenNeverBecomesIt() {
        Map<String, Object> values = SmallVocabulary.byteLevel();
        values.put("tokenizer.ggml.pre", "llama-bpe");
        List<String> tokens = new ArrayList<>(tokens(values));
        tokens.set(261, "begin");
        values.put("tokenizer.ggml.tokens", tokens);
        try (Tokenizer tokenizer = SmallVocabulary.load(values)) {
            assertThat(tokenizer.encode("begin", false, false)).hasSize(5);
        }
    }

    @Test
    void bosAndEosAreAddedAsTheFileSays() {
        Map<String, Object> values = SmallVocabulary.byteLevel();
        assertThat(encodeA(values)).containsExactly(97);
        values.put("tokenizer.ggml.add_bos_token", true);
        values.put("tokenizer.ggml.add_eos_token", true);
        assertThat(encodeA(values)).containsExactly(261, 97, 262);
        values.put("tokenizer.ggml.pre", "llama-bpe");
        values.remove("tokenizer.ggml.add_bos_token");
        assertThat(encodeA(values)).containsExactly(261, 97, 262);
        values.put("tokenizer.ggml.add_bos_token", false);
        assertThat(encodeA(values)).containsExactly(97, 262);

        Map<String, Object> sentencepiece = SmallVocabulary.sentencepiece();
        sentencepiece.put("tokenizer.ggml.add_space_prefix", false);
        assertThat(encodeA(sentencepiece)).containsExactly(1, 260);
    }

    @Test
    void tokenBytesConcatenateToTheText() {
        for (Map<String, Object> values : List.of(SmallVocabulary.byteLevel(), SmallVocabulary.sentencepiece())) {
            try (Tokenizer tokenizer = SmallVocabulary.load(values)) {
                List<Integer> ids = tokenizer.encode(ANY, true, false);
                assertThat(tokenizer.decode(ids, true))
                        .isEqualTo(ANY.replace('▁', tokenizer.stripsLeadingBlank() ? ' ' : '▁'));
            }
        }
    }

    @Test
    void decodeWritesControlTokensOnlyWhenAsked() {
        try (Tokenizer tokenizer = SmallVocabulary.load(SmallVocabulary.byteLevel())) {
            assertThat(tokenizer.decode(List.of(261, 97, 262), true)).isEqualTo("a");
            assertThat(tokenizer.decode(List.of(261, 97, 262), false)).isEqualTo("<|begin|>a<|end|>");
            assertThat(tokenizer.decode(List.of(97, 0xF0, 0x9F), true)).isEqualTo("a\uFFFD");
        }
    }

    @Test
    void loneSurrogatesBecomeTheReplacementCharacter() {
        try (Tokenizer tokenizer = SmallVocabulary.load(SmallVocabulary.byteLevel())) {
            assertThat(tokenizer.decode(tokenizer.encode("a\ud83db", false, false), true))
                    .isEqualTo("a\uFFFDb");
        }
    }

    @Test
    void textsLongerThanTheLibrarysDefaultAreNotCut() {
        try (Tokenizer tokenizer = SmallVocabulary.load(SmallVocabulary.byteLevel())) {
            assertThat(tokenizer.encode("a ".repeat(2000), false, false)).hasSize(4000);
        }
    }

    @Test
    void endTokensAreTheNamedOnesAndTheWellKnownOnes() {
        Map<String, Object> values = SmallVocabulary.byteLevel();
        List<String> tokens = new ArrayList<>(tokens(values));
        Collections.addAll(tokens, "<|eot_id|>", "<end_of_turn>", "<|other|>");
        int[] types =
                Arrays.copyOf((int[]) Objects.requireNonNull(values.get("tokenizer.ggml.token_type")), tokens.size());
        types[264] = 3;
        types[265] = 1;
        types[266] = 3;
        values.put("tokenizer.ggml.tokens", tokens);
        values.put("tokenizer.ggml.token_type", types);
        values.put("tokenizer.ggml.eom_token_id", 266L);
        try (Tokenizer tokenizer = SmallVocabulary.load(values)) {
            assertThat(tokenizer.endTokens()).containsExactly(262, 264, 266);
        }
    }

    @Test
    void noTokenStandsForMoreBytesThanSaid() {
        try (Tokenizer tokenizer = SmallVocabulary.load(SmallVocabulary.byteLevel())) {
            assertThat(tokenizer.maxTokenBytes()).isEqualTo("<|begin|>".length());
        }
    }

    /** The library must not be quadratic in the length of a word: a minute would be the least it took then. */
    @ParameterizedTest
    @ValueSource(strings = {"a", " ", "hello", "\n", " \n", "ä", "<"})
    void longRunsDoNotHang(String unit) {
        String text = unit.repeat(200_000 / unit.length());
        for (Map<String, Object> values : List.of(SmallVocabulary.byteLevel(), SmallVocabulary.sentencepiece())) {
            try (Tokenizer tokenizer = SmallVocabulary.load(values)) {
                assertThat(tokenizer.decode(tokenizer.encode(text, false, true), true))
                        .isEqualTo(text);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void refusesByKeyAndFile(String key, @Nullable Object value, String message) {
        Map<String, Object> values = key.equals("scores") || key.equals("unknown_token_id")
                ? SmallVocabulary.sentencepiece()
                : SmallVocabulary.byteLevel();
        if (value == null) {
            values.remove("tokenizer.ggml." + key);
        } else {
            values.put("tokenizer.ggml." + key, value);
        }
        assertThatThrownBy(() -> SmallVocabulary.load(values))
                .isInstanceOf(ModelException.class)
                .hasMessageStartingWith("small.gguf: tokenizer.ggml." + key + ": ")
                .hasMessageContaining(message);
    }

    private static List<Arguments> hostile() {
        float[] scores = new float[264];
        float[] notANumber = scores.clone();
        notANumber[7] = Float.NaN;
        int[] types = new int[264];
        Arrays.fill(types, 1);
        int[] typeSeven = types.clone();
        typeSeven[5] = 7;
        int[] byteType = types.clone();
        byteType[5] = 6;
        List<String> duplicate = new ArrayList<>(tokens(SmallVocabulary.byteLevel()));
        duplicate.set(9, duplicate.get(8));
        List<String> empty = new ArrayList<>(tokens(SmallVocabulary.byteLevel()));
        empty.set(9, "");
        return List.of(
                Arguments.of("model", null, "found nothing"),
                Arguments.of("model", "bert", "'bert'"),
                Arguments.of("pre", null, "is missing"),
                Arguments.of("pre", "made-up", "'made-up'"),
                Arguments.of("tokens", null, "is missing"),
                Arguments.of("tokens", List.of(), "found 0"),
                Arguments.of("tokens", duplicate, "tokens 8 and 9 have the same text"),
                Arguments.of("tokens", empty, "token 9 is empty"),
                Arguments.of("tokens", List.of("a".repeat(5000)), "passed at token 0"),
                Arguments.of("token_type", new int[3], "expected 264 entries as tokens has, found 3"),
                Arguments.of("token_type", typeSeven, "found 7 at token 5"),
                Arguments.of("token_type", byteType, "token 5 is a byte"),
                Arguments.of("scores", null, "is missing"),
                Arguments.of("scores", new float[3], "found 3"),
                Arguments.of("scores", notANumber, "not a number at token 7"),
                Arguments.of("merges", null, "is missing"),
                Arguments.of("merges", List.of("h"), "'h' at 0"),
                Arguments.of("merges", List.of("h e", "h x"), "merge 1 names 'hx'"),
                Arguments.of("bos_token_id", 264L, "expected 0 to 263, found 264"),
                Arguments.of("eos_token_id", -1L, "found -1"),
                Arguments.of("eot_token_id", 1L << 40, "found 1099511627776"),
                Arguments.of("unknown_token_id", 300L, "found 300"));
    }

    @Test
    void sentencepieceWithoutBytesNeedsAnUnknownToken() {
        Map<String, Object> values = SmallVocabulary.sentencepiece();
        values.put("tokenizer.ggml.tokens", List.of("a", "b"));
        values.put("tokenizer.ggml.token_type", new int[] {1, 1});
        values.put("tokenizer.ggml.scores", new float[] {0, 0});
        values.keySet().removeIf(key -> key.endsWith("_id"));
        assertThatThrownBy(() -> SmallVocabulary.load(values)).hasMessageContaining("neither a token <0x00>");
        values.put("tokenizer.ggml.unknown_token_id", 1L);
        values.put("tokenizer.ggml.add_space_prefix", false);
        try (Tokenizer tokenizer = SmallVocabulary.load(values)) {
            assertThat(tokenizer.encode("axx", false, false)).containsExactly(0, 1, 1);
        }
    }

    private static List<Integer> encodeA(Map<String, Object> values) {
        try (Tokenizer tokenizer = SmallVocabulary.load(values)) {
            return tokenizer.encode("a", true, false);
        }
    }

    @SuppressWarnings("unchecked")
    private static List<String> tokens(Map<String, Object> values) {
        return (List<String>) Objects.requireNonNull(values.get("tokenizer.ggml.tokens"));
    }
}
