package io.hetegen.engine.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Opens Hugging Face's tokenizers library through DJL, without the things that DJL does unasked. */
final class NativeTokenizer {

    private NativeTokenizer() {}

    /** @throws RuntimeException whatever the library throws if it does not take {@code tokenizerJson} */
    static HuggingFaceTokenizer open(byte[] tokenizerJson) {
        configure();
        // Its default cuts every text after 512 tokens.
        Map<String, String> options = Map.of("truncation", "DO_NOT_TRUNCATE", "padding", "DO_NOT_PAD");
        try {
            return HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(tokenizerJson), options);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** DJL reads these once, when its first class loads; what an operator has set stands. */
    private static synchronized void configure() {
        // Where it sees a CUDA device it downloads another build of the library; the bundled one does all we need.
        setIfAbsent("RUST_FLAVOR", "RUST_FLAVOR", "cpu");
        // It reports every start to its vendor once a day.
        setIfAbsent("OPT_OUT_TRACKING", "OPT_OUT_TRACKING", "true");
        setIfAbsent("DJL_OFFLINE", "ai.djl.offline", "true");
        if (!Files.isWritable(Path.of(System.getProperty("user.home", "")))) {
            // It would extract the library to a fixed path under the temporary folder, where others can write.
            if (unset("DJL_CACHE_DIR", "DJL_CACHE_DIR") && unset("ENGINE_CACHE_DIR", "ENGINE_CACHE_DIR")) {
                try {
                    System.setProperty(
                            "ENGINE_CACHE_DIR",
                            Files.createTempDirectory("hetegen-natives").toString());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private static void setIfAbsent(String variable, String property, String value) {
        if (unset(variable, property)) {
            System.setProperty(property, value);
        }
    }

    private static boolean unset(String variable, String property) {
        return System.getenv(variable) == null && System.getProperty(property) == null;
    }
}
