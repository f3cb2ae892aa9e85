package io.hetegen.engine.tokenizer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Vocabularies of a few hundred tokens as a model file would hold them; tests change single keys. */
public final class SmallVocabulary {

    private SmallVocabulary() {}

    /** Ids 0-255 are the bytes, then he, ll, hell, ` hell`, hello; {@code <|begin|>} 261, {@code <|end|>} 262, {@code <tool>} 263. */
    public static Map<String, Object> byteLevel() {
        List<String> tokens = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            tokens.add(String.valueOf(ByteAlphabet.character(b)));
        }
        tokens.addAll(List.of("he", "ll", "hell", "Ġhell", "hello", "<|begin|>", "<|end|>", "<tool>"));
        int[] types = new int[tokens.size()];
        java.util.Arrays.fill(types, 1);
        types[261] = 3;
        types[262] = 3;
        types[263] = 4;
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("tokenizer.ggml.model", "gpt2");
        values.put("tokenizer.ggml.pre", "gpt-2");
        values.put("tokenizer.ggml.tokens", tokens);
        values.put("tokenizer.ggml.token_type", types);
        values.put("tokenizer.ggml.merges", List.of("h e", "l l", "he ll", "Ġ hell", "hell o"));
        values.put("tokenizer.ggml.bos_token_id", 261L);
        values.put("tokenizer.ggml.eos_token_id", 262L);
        return values;
    }

    /** {@code <unk>} 0, {@code <s>} 1, {@code </s>} 2, bytes 3-258, then ▁ a b ab ▁ab. */
    public static Map<String, Object> sentencepiece() {
        List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
        for (int b = 0; b < 256; b++) {
            tokens.add(String.format(Locale.ROOT, "<0x%02X>", b));
        }
        tokens.addAll(List.of("▁", "a", "b", "ab", "▁ab"));
        int[] types = new int[tokens.size()];
        float[] scores = new float[tokens.size()];
        for (int i = 0; i < types.length; i++) {
            types[i] = i == 0 ? 2 : i < 3 ? 3 : i < 259 ? 6 : 1;
            scores[i] = -i;
        }
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("tokenizer.ggml.model", "llama");
        values.put("tokenizer.ggml.tokens", tokens);
        values.put("tokenizer.ggml.token_type", types);
        values.put("tokenizer.ggml.scores", scores);
        values.put("tokenizer.ggml.bos_token_id", 1L);
        values.put("tokenizer.ggml.eos_token_id", 2L);
        values.put("tokenizer.ggml.unknown_token_id", 0L);
        return values;
    }

    public static Tokenizer load(Map<String, Object> values) {
        return TokenizerLoader.load(new FakeModelFile("small.gguf", values));
    }
}
