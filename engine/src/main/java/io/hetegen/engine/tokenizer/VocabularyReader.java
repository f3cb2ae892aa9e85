package io.hetegen.engine.tokenizer;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelMetadata;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads and checks the {@code tokenizer.ggml.*} keys of a GGUF file (its specification, section "Tokenizer"). */
final class VocabularyReader {

    private static final String PREFIX = "tokenizer.ggml.";
    private static final int MAX_TOKENS = 4_000_000;
    private static final int MAX_TOKEN_LENGTH = 1024;
    private static final int MAX_TOTAL_LENGTH = 32 << 20;

    /** Control tokens that end an answer although no key names them: the list that llama.cpp goes by. */
    private static final Set<String> END_TEXTS = Set.of(
            "<|eot_id|>",
            "<|im_end|>",
            "<|end|>",
            "<|return|>",
            "<|call|>",
            "<|flush|>",
            "<|calls|>",
            "<end_of_turn>",
            "<|endoftext|>",
            "<|end_of_text|>",
            "<|eom_id|>",
            "<EOT>",
            "_<EOT>",
            "[EOT]",
            "[EOS]",
            "<｜end▁of▁sentence｜>",
            "<end_of_utterance>");

    private final String file;
    private final ModelMetadata metadata;

    private VocabularyReader(ModelFile model) {
        this.file = model.path().toString();
        this.metadata = model.metadata();
    }

    static Vocabulary read(ModelFile model) {
        return new VocabularyReader(model).read();
    }

    private Vocabulary read() {
        String kind = metadata.string(PREFIX + "model")
                .orElseThrow(() -> refused(
                        "model", "expected gpt2 or llama, found nothing; convert the model with its tokenizer"));
        boolean byteLevel = switch (kind) {
            case "gpt2" -> true;
            case "llama" -> false;
            default -> throw refused("model", "expected gpt2 or llama, found '" + kind + "'");
        };
        List<String> texts = texts();
        Map<String, Integer> ids = ids(texts);
        TokenType[] types = types(texts);
        PreTokenizer preTokenizer = byteLevel ? preTokenizer() : null;
        OptionalInt bos = id("bos_token_id", texts.size());
        OptionalInt eos = id("eos_token_id", texts.size());
        OptionalInt unknown = unknown(types);
        if (!byteLevel) {
            checkEveryByteHasToken(ids, unknown);
        }
        boolean addBos = add("add_bos_token", bos, preTokenizer == null || preTokenizer.addBos());
        boolean addEos = add("add_eos_token", eos, false);
        return new Vocabulary(
                texts,
                ids,
                types,
                byteLevel ? new float[0] : scores(texts.size()),
                byteLevel ? merges(ids) : List.of(),
                preTokenizer,
                bos,
                eos,
                unknown,
                endTokens(texts, types, eos),
                addBos,
                addEos,
                metadata.bool(PREFIX + "add_space_prefix").orElse(!byteLevel));
    }

    private List<String> texts() {
        List<String> texts = metadata.strings(PREFIX + "tokens").orElseThrow(() -> refused("tokens", "is missing"));
        if (texts.isEmpty() || texts.size() > MAX_TOKENS) {
            throw refused("tokens", "expected 1 to " + MAX_TOKENS + " tokens, found " + texts.size());
        }
        long total = 0;
        for (int i = 0; i < texts.size(); i++) {
            int length = texts.get(i).length();
            total += length;
            if (length > MAX_TOKEN_LENGTH || total > MAX_TOTAL_LENGTH) {
                throw refused(
                        "tokens",
                        "expected texts of at most " + MAX_TOKEN_LENGTH + " characters and " + MAX_TOTAL_LENGTH
                                + " in all, passed at token " + i);
            }
        }
        return List.copyOf(texts);
    }

    private Map<String, Integer> ids(List<String> texts) {
        Map<String, Integer> ids = new HashMap<>(texts.size() * 2);
        for (int i = 0; i < texts.size(); i++) {
            if (texts.get(i).isEmpty()) {
                throw refused("tokens", "token " + i + " is empty");
            }
            Integer other = ids.putIfAbsent(texts.get(i), i);
            if (other != null) {
                throw refused("tokens", "tokens " + other + " and " + i + " have the same text");
            }
        }
        return ids;
    }

    private TokenType[] types(List<String> texts) {
        TokenType[] types = new TokenType[texts.size()];
        Optional<int[]> codes = metadata.integers(PREFIX + "token_type");
        if (codes.isEmpty()) {
            Arrays.fill(types, TokenType.NORMAL);
            return types;
        }
        checkLength("token_type", codes.get().length, texts.size());
        for (int i = 0; i < types.length; i++) {
            int code = codes.get()[i];
            int id = i;
            types[i] = TokenType.of(code)
                    .orElseThrow(() -> refused("token_type", "expected 1 to 6, found " + code + " at token " + id));
            if (types[i] == TokenType.BYTE && !texts.get(i).matches("<0x[0-9A-F]{2}>")) {
                throw refused("token_type", "token " + i + " is a byte, but its text is not of the form <0x00>");
            }
        }
        return types;
    }

    private float[] scores(int size) {
        float[] scores = metadata.floats(PREFIX + "scores").orElseThrow(() -> refused("scores", "is missing"));
        checkLength("scores", scores.length, size);
        for (int i = 0; i < size; i++) {
            if (Float.isNaN(scores[i])) {
                throw refused("scores", "is not a number at token " + i);
            }
        }
        return scores;
    }

    private List<Vocabulary.Merge> merges(Map<String, Integer> ids) {
        List<String> lines = metadata.strings(PREFIX + "merges").orElseThrow(() -> refused("merges", "is missing"));
        if (lines.size() > 4 * MAX_TOKENS) {
            throw refused("merges", "expected at most " + 4 * MAX_TOKENS + ", found " + lines.size());
        }
        List<Vocabulary.Merge> merges = new ArrayList<>(lines.size());
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            int blank = line.indexOf(' ', 1);
            if (blank < 0 || blank == line.length() - 1) {
                throw refused("merges", "expected two tokens with a blank between, found '" + line + "' at " + i);
            }
            Vocabulary.Merge merge = new Vocabulary.Merge(line.substring(0, blank), line.substring(blank + 1));
            for (String part : List.of(merge.left(), merge.right(), merge.left() + merge.right())) {
                if (!ids.containsKey(part)) {
                    throw refused("merges", "merge " + i + " names '" + part + "', which is not a token");
                }
            }
            merges.add(merge);
        }
        return merges;
    }

    private PreTokenizer preTokenizer() {
        String name = metadata.string(PREFIX + "pre")
                .orElseThrow(() -> refused(
                        "pre", "is missing, so how text is cut into words is unknown; convert the model again"));
        return PreTokenizer.named(name)
                .orElseThrow(() -> refused("pre", "the pre-tokenizer '" + name + "' is not supported"));
    }

    private OptionalInt unknown(TokenType[] types) {
        OptionalInt said = id("unknown_token_id", types.length);
        int first = Arrays.asList(types).indexOf(TokenType.UNKNOWN);
        return said.isPresent() || first < 0 ? said : OptionalInt.of(first);
    }

    private void checkEveryByteHasToken(Map<String, Integer> ids, OptionalInt unknown) {
        for (int b = 0; b < 256 && unknown.isEmpty(); b++) {
            String text = String.format(Locale.ROOT, "<0x%02X>", b);
            if (!ids.containsKey(text)) {
                throw refused("tokens", "there is neither a token " + text + " nor an unknown token to stand for it");
            }
        }
    }

    private boolean add(String key, OptionalInt token, boolean byDefault) {
        Optional<Boolean> said = metadata.bool(PREFIX + key);
        if (said.orElse(false) && token.isEmpty()) {
            throw refused(key, "is true, but the file does not say which token that is");
        }
        return token.isPresent() && said.orElse(byDefault);
    }

    private Set<Integer> endTokens(List<String> texts, TokenType[] types, OptionalInt eos) {
        Set<Integer> ends = new TreeSet<>();
        eos.ifPresent(ends::add);
        id("eot_token_id", texts.size()).ifPresent(ends::add);
        id("eom_token_id", texts.size()).ifPresent(ends::add);
        Set<String> found = new TreeSet<>();
        for (int i = 0; i < types.length; i++) {
            if (types[i] == TokenType.CONTROL && END_TEXTS.contains(texts.get(i))) {
                found.add(texts.get(i));
                ends.add(i);
            }
        }
        // In gpt-oss's format <|end|> only ends a message, and the answer goes on in the next.
        if (found.containsAll(Set.of("<|return|>", "<|call|>", "<|end|>"))) {
            ends.remove(texts.indexOf("<|end|>"));
        }
        return Collections.unmodifiableSet(ends);
    }

    private OptionalInt id(String key, int size) {
        OptionalLong id = metadata.integer(PREFIX + key);
        if (id.isEmpty()) {
            return OptionalInt.empty();
        }
        if (id.getAsLong() < 0 || id.getAsLong() >= size) {
            throw refused(key, "expected 0 to " + (size - 1) + ", found " + id.getAsLong());
        }
        return OptionalInt.of((int) id.getAsLong());
    }

    private void checkLength(String key, int length, int expected) {
        if (length != expected) {
            throw refused(key, "expected " + expected + " entries as tokens has, found " + length);
        }
    }

    private ModelException refused(String key, @Nullable String what) {
        return new ModelException(file + ": " + PREFIX + key + ": " + what);
    }
}
