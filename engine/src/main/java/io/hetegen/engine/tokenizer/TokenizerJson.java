package io.hetegen.engine.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes a vocabulary as the tokenizer.json of Hugging Face's tokenizers library, with the same ids. Special tokens are
 * left out, so that the library never reads them from text: {@link SpecialTokens} does.
 */
final class TokenizerJson {

    private record RankedMerge(Vocabulary.Merge merge, float score) {}

    private TokenizerJson() {}

    static byte[] write(Vocabulary vocabulary) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("version", "1.0");
            json.writeArrayFieldStart("added_tokens");
            json.writeEndArray();
            preTokenizer(json, vocabulary.preTokenizer());
            json.writeObjectFieldStart("model");
            json.writeStringField("type", "BPE");
            json.writeBooleanField("fuse_unk", false);
            json.writeBooleanField("byte_fallback", !vocabulary.byteLevel());
            PreTokenizer pre = vocabulary.preTokenizer();
            json.writeBooleanField("ignore_merges", pre != null && pre.ignoreMerges());
            if (!vocabulary.byteLevel() && vocabulary.unknown().isPresent()) {
                json.writeStringField(
                        "unk_token", vocabulary.texts().get(vocabulary.unknown().getAsInt()));
            }
            tokens(json, vocabulary);
            merges(json, vocabulary);
            json.writeEndObject();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static void preTokenizer(JsonGenerator json, @Nullable PreTokenizer preTokenizer) throws IOException {
        if (preTokenizer == null) {
            json.writeNullField("pre_tokenizer");
            return;
        }
        json.writeObjectFieldStart("pre_tokenizer");
        json.writeStringField("type", "Sequence");
        json.writeArrayFieldStart("pretokenizers");
        for (String pattern : preTokenizer.patterns()) {
            json.writeStartObject();
            json.writeStringField("type", "Split");
            json.writeObjectFieldStart("pattern");
            json.writeStringField("Regex", pattern);
            json.writeEndObject();
            json.writeStringField("behavior", "Isolated");
            json.writeBooleanField("invert", false);
            json.writeEndObject();
        }
        json.writeStartObject();
        json.writeStringField("type", "ByteLevel");
        json.writeBooleanField("add_prefix_space", false);
        json.writeBooleanField("trim_offsets", false);
        json.writeBooleanField("use_regex", false);
        json.writeEndObject();
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void tokens(JsonGenerator json, Vocabulary vocabulary) throws IOException {
        json.writeObjectFieldStart("vocab");
        for (int id = 0; id < vocabulary.size(); id++) {
            boolean unknown = vocabulary.unknown().orElse(-1) == id;
            if (fromText(vocabulary, id) || vocabulary.types()[id] == TokenType.BYTE || unknown) {
                json.writeNumberField(vocabulary.texts().get(id), id);
            }
        }
        json.writeEndObject();
    }

    private static void merges(JsonGenerator json, Vocabulary vocabulary) throws IOException {
        json.writeArrayFieldStart("merges");
        for (Vocabulary.Merge merge : vocabulary.byteLevel() ? vocabulary.merges() : mergesByScore(vocabulary)) {
            if (fromText(vocabulary, merge.left())
                    && fromText(vocabulary, merge.right())
                    && fromText(vocabulary, merge.left() + merge.right())) {
                json.writeStartArray();
                json.writeString(merge.left());
                json.writeString(merge.right());
                json.writeEndArray();
            }
        }
        json.writeEndArray();
    }

    /** Sentencepiece joins the neighbours whose token has the highest score: every way to cut a token, best token first. */
    private static List<Vocabulary.Merge> mergesByScore(Vocabulary vocabulary) {
        Map<String, Integer> ids = vocabulary.ids();
        List<RankedMerge> merges = new ArrayList<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            String text = vocabulary.texts().get(id);
            if (!fromText(vocabulary, id)) {
                continue;
            }
            for (int cut = text.offsetByCodePoints(0, 1); cut < text.length(); cut = text.offsetByCodePoints(cut, 1)) {
                Vocabulary.Merge merge = new Vocabulary.Merge(text.substring(0, cut), text.substring(cut));
                if (ids.containsKey(merge.left()) && ids.containsKey(merge.right())) {
                    merges.add(new RankedMerge(merge, vocabulary.scores()[id]));
                }
            }
        }
        merges.sort(Comparator.comparing(RankedMerge::score, Comparator.reverseOrder()));
        return merges.stream().map(RankedMerge::merge).toList();
    }

    private static boolean fromText(Vocabulary vocabulary, String text) {
        Integer id = vocabulary.ids().get(text);
        return id != null && fromText(vocabulary, (int) id);
    }

    /** Whether ordinary text can become the token. */
    private static boolean fromText(Vocabulary vocabulary, int id) {
        TokenType type = vocabulary.types()[id];
        return type == TokenType.NORMAL || type == TokenType.USER_DEFINED;
    }
}
