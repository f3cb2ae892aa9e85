package io.hetegen.engine.tokenizer;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a byte-level BPE model cuts text into words before it merges ({@code tokenizer.ggml.pre}). The patterns are those
 * of the models' published tokenizer.json files; the names are llama.cpp's. Each pattern cuts the pieces that the one
 * before it left.
 *
 * @param ignoreMerges a word that is in the vocabulary is one token, whatever the merges say
 * @param addBos BOS is added where the file does not say
 */
record PreTokenizer(List<String> patterns, boolean ignoreMerges, boolean addBos) {

    private static final String GPT2_WORDS =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
    private static final String PUNCTUATION = "[\\p{P}$+<=>^~|]+";
    private static final String PUNCTUATION_AND_BACKTICK = "[\\p{P}$+<=>^~|`]+";
    private static final String THREE_DIGITS = "[0-9][0-9][0-9]";
    private static final String CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String SPACES = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String BEFORE_LETTERS = "[^\\r\\n\\p{L}\\p{N}]?";

    private static final PreTokenizer GPT2 = plain(GPT2_WORDS);
    private static final PreTokenizer SINGLE_DIGITS = plain("\\p{N}", GPT2_WORDS);
    private static final PreTokenizer QWEN2 = plain(cl100k("\\p{N}"));
    private static final PreTokenizer CL100K = plain(cl100k("\\p{N}{1,3}"));
    private static final PreTokenizer LLAMA3 = new PreTokenizer(CL100K.patterns, true, true);

    private static final Map<String, PreTokenizer> BY_NAME = new HashMap<>();

    static {
        name(GPT2, "gpt-2", "phi-2", "mpt", "olmo");
        name(SINGLE_DIGITS, "starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b");
        name(QWEN2, "qwen2", "deepseek-r1-qwen", "stablelm2", "megrez");
        name(LLAMA3, "llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "lfm2");
        name(CL100K, "dbrx", "smaug-bpe", "chatglm-bpe");
        name(plain(PUNCTUATION, GPT2_WORDS, "\\p{N}+", THREE_DIGITS), "default");
        name(plain(PUNCTUATION_AND_BACKTICK, GPT2_WORDS, THREE_DIGITS), "falcon");
        name(plain("[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", "[一-龥ࠀ-一가-퟿]+", "\\p{N}"), "deepseek-coder");
        name(
                plain(
                        "\\p{N}{1,3}",
                        "[一-龥぀-ゟ゠-ヿ]+",
                        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
                                + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|"
                                + SPACES),
                "deepseek-v3");
        name(new PreTokenizer(List.of(o200k("", "\\p{N}")), true, true), "tekken");
        name(plain(o200k(CONTRACTION + "?", "\\p{N}{1,3}")), "gpt-4o", "llama4");
    }

    static Optional<PreTokenizer> named(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    private static PreTokenizer plain(String... patterns) {
        return new PreTokenizer(List.of(patterns), false, false);
    }

    private static String cl100k(String digits) {
        return CONTRACTION + "|" + BEFORE_LETTERS + "\\p{L}+|" + digits + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" + SPACES;
    }

    private static String o200k(String suffix, String digits) {
        return BEFORE_LETTERS + UPPER + "*" + LOWER + "+" + suffix
                + "|" + BEFORE_LETTERS + UPPER + "+" + LOWER + "*" + suffix
                + "|" + digits + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" + SPACES;
    }

    private static void name(PreTokenizer preTokenizer, String... names) {
        for (String name : names) {
            BY_NAME.put(name, preTokenizer);
        }
    }
}
