package io.hetegen.engine.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hetegen.engine.ModelException;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.tokenizer.TokenizerLoader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Malformed model files, each with what must happen to it. */
@EnabledIfSystemProperty(named = "hetegen.fixtures", matches = ".+")
class HostileModelFixtureTest {

    private static final Duration NO_HANG = Duration.ofSeconds(20);

    @TestFactory
    Stream<DynamicTest> opensOrRefuses() throws IOException {
        Path folder = Path.of(System.getProperty("hetegen.fixtures"), "hostile");
        JsonNode cases =
                new ObjectMapper().readTree(folder.resolve("manifest.json").toFile());
        assertThat(cases).isNotEmpty();
        return StreamSupport.stream(cases.spliterator(), false)
                .filter(row -> row.get("format").asText().equals("gguf"))
                .map(row -> DynamicTest.dynamicTest(
                        row.get("file").asText() + ": " + row.get("wrong").asText(),
                        () -> Assertions.assertTimeoutPreemptively(
                                NO_HANG,
                                () -> check(
                                        folder.resolve(row.get("file").asText()),
                                        row.get("must").asText()))));
    }

    private static void check(Path model, String must) {
        if (must.equals("accept")) {
            open(model);
        } else {
            assertThatThrownBy(() -> open(model))
                    .isExactlyInstanceOf(ModelException.class)
                    .hasMessageContaining(model.toString())
                    .hasMessageNotContaining("\n");
        }
    }

    private static void open(Path model) {
        try (ModelFile file = ModelFiles.open(model)) {
            ModelConfigReader.read(file);
            TokenizerLoader.load(file);
        }
    }
}
