package io.hetegen.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** llama.cpp's own vocabularies with the ids that it gives, and the tiny models' made-up vocabularies. */
@EnabledIfSystemProperty(named = "hetegen.fixtures", matches = ".+")
class TokenizerFixtureTest {

    private static final Path FIXTURES = Path.of(System.getProperty("hetegen.fixtures", "."));

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "llama-bpe", "llama-spm", "phi-3", "qwen2", "falcon"})
    void idsAreThoseOfLlamaCpp(String name) throws Exception {
        Path inputs = FIXTURES.resolve("tokenizer/ggml-vocab-" + name + ".gguf.inp");
        String[] texts = Files.readString(inputs).split("\n__ggml_vocab_test__\n", -1);
        List<String> expected = Files.readAllLines(inputs.resolveSibling("ggml-vocab-" + name + ".gguf.out"));
        try (ModelFile file = ModelFiles.open(vocabulary(name));
                Tokenizer tokenizer = TokenizerLoader.load(file)) {
            List<String> actual = new ArrayList<>();
            for (int i = 0; i < texts.length - 1; i++) {
                List<Integer> ids = tokenizer.encode(texts[i], false, false);
                actual.add(String.join(" ", ids.stream().map(String::valueOf).toList()));
                assertThat(tokenizer.decode(ids, true)).isEqualTo(texts[i]);
            }
            assertThat(actual)
                    .isEqualTo(expected.stream().map(String::strip).toList())
                    .hasSize(46);
        }
    }

    /** The cases were made with the same models' Hugging Face tokenizers, which also say what special tokens become. */
    @ParameterizedTest
    @ValueSource(strings = {"llama-3.2,llama-bpe", "qwen2.5,qwen2"})
    void specialTokensAreReadOrKeptAsText(String names) throws Exception {
        String[] pair = names.split(",");
        JsonNode cases = new ObjectMapper()
                .readTree(FIXTURES.resolve("tokenizer/hf/" + pair[0] + "/tokenizer_cases.json")
                        .toFile())
                .get("cases");
        try (ModelFile file = ModelFiles.open(vocabulary(pair[1]));
                Tokenizer tokenizer = TokenizerLoader.load(file)) {
            assertThat(cases).hasSizeGreaterThan(50);
            for (JsonNode one : cases) {
                String text = one.get("text").textValue();
                // GGUF has no word for the normalizer that Qwen's own tokenizer has; like llama.cpp we apply none.
                if (!Normalizer.isNormalized(text, Normalizer.Form.NFC)) {
                    continue;
                }
                assertThat(tokenizer.encode(text, false, true)).as(text).isEqualTo(ids(one, "ids"));
                assertThat(tokenizer.encode(text, true, true)).as(text).isEqualTo(ids(one, "ids_with_special"));
                assertThat(tokenizer.encode(text, false, false)).as(text).isEqualTo(ids(one, "ids_special_as_text"));
                assertThat(tokenizer.decode(ids(one, "ids"), false))
                        .isEqualTo(one.get("decoded").textValue());
                assertThat(tokenizer.decode(ids(one, "ids_with_special"), true))
                        .isEqualTo(one.get("decoded_skip_special").textValue());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tinyModels")
    void tinyModelsLoadAndRoundTrip(Path path) throws Exception {
        try (ModelFile file = ModelFiles.open(path);
                Tokenizer tokenizer = TokenizerLoader.load(file)) {
            String text = "Hello, the world! 123 äß €";
            assertThat(tokenizer.decode(tokenizer.encode(text, true, true), true))
                    .isEqualTo(text);
            assertThat(tokenizer.endTokens()).contains(tokenizer.eosToken().orElseThrow());
        }
    }

    @Test
    void wordPieceIsRefusedByName() throws Exception {
        try (ModelFile file = ModelFiles.open(vocabulary("bert-bge"))) {
            assertThatThrownBy(() -> TokenizerLoader.load(file))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("'bert'");
        }
    }

    private static List<Integer> ids(JsonNode one, String field) {
        List<Integer> ids = new ArrayList<>();
        one.get(field).forEach(id -> ids.add(id.intValue()));
        return ids;
    }

    private static Stream<Path> tinyModels() throws IOException {
        if (System.getProperty("hetegen.fixtures", "").isEmpty()) {
            return Stream.empty();
        }
        try (Stream<Path> files = Files.list(FIXTURES.resolve("gguf/arch"))) {
            Path[] models = files.filter(path -> path.toString().endsWith(".gguf"))
                    // Its experts are in a weight type that the reader does not know.
                    .filter(path -> !path.toString().contains("mxfp4"))
                    .sorted()
                    .toArray(Path[]::new);
            return Arrays.stream(models);
        }
    }

    private Path vocabulary(String name) throws IOException {
        Path plain = FIXTURES.resolve("tokenizer/ggml-vocab-" + name + ".gguf");
        if (Files.exists(plain)) {
            return plain;
        }
        Path unpacked = folder.resolve(name + ".gguf");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(Path.of(plain + ".gz")))) {
            Files.copy(in, unpacked);
        }
        return unpacked;
    }
}
