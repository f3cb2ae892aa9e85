package io.hetegen.engine.format;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.gguf.TinyLlama;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelFilesTest {

    @TempDir
    private Path folder;

    @Test
    void recognisesGgufWhateverTheFileIsCalled() throws IOException {
        Path renamed = Files.move(TinyLlama.gguf().write(folder), folder.resolve("model.bin"));
        try (ModelFile file = ModelFiles.open(renamed)) {
            assertThat(file.path()).isEqualTo(renamed);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "FUGG\\0\\0\\0\\3 | swapped byte order",
                "tjgg\\3\\0\\0\\0 | older than GGUF",
                "\\31\\139\\8\\0 | gzip",
                "\\40\\181\\47\\253 | zstd",
                "PK\\3\\4 | zip",
                "version https://git-lfs.github.com/spec/v1 | git lfs pull",
                "\\9\\0\\0\\0\\0\\0\\0\\0{\"a\":{}} | safetensors",
                "GGU | only 3 bytes",
                "G | only 1 byte",
                "Not a model | text file that starts with 'Not a model'",
                "\\0\\1\\2\\255 | bytes 00 01 02 ff"
            })
    void namesWhatAFileIs(String content, String message) throws IOException {
        Path path = Files.write(folder.resolve("model.gguf"), unescape(content));
        assertThatThrownBy(() -> ModelFiles.open(path))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContainingAll(path.toString(), message);
    }

    @Test
    void namesAnEmptyFileADirectoryAndNothingAtAll() throws IOException {
        assertThatThrownBy(() -> ModelFiles.open(Files.createFile(folder.resolve("empty"))))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("is empty");
        assertThatThrownBy(() -> ModelFiles.open(folder))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("is a directory");
        assertThatThrownBy(() -> ModelFiles.open(folder.resolve("absent")))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("does not exist");
    }

    @Test
    void refusesADeviceInsteadOfReadingItForEver() {
        Path device = Path.of("/dev/zero");
        assumeTrue(Files.exists(device));
        assertThatThrownBy(() -> ModelFiles.open(device))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("not a regular file");
    }

    @Test
    void leavesNoFileOpenWhenItFails() throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        assumeTrue(Files.isDirectory(descriptors));
        Path path = TinyLlama.gguf().claimKeys(9).write(folder);
        assertThatThrownBy(() -> ModelFiles.open(path)).isInstanceOf(ModelException.class);
        try (Stream<Path> open = Files.list(descriptors)) {
            assertThat(open.filter(descriptor -> pointsAt(descriptor, path))).isEmpty();
        }
    }

    private static boolean pointsAt(Path descriptor, Path path) {
        try {
            return Files.readSymbolicLink(descriptor).equals(path.toRealPath());
        } catch (IOException gone) {
            return false;
        }
    }

    /** Backslash and decimal digits stand for a byte. */
    private static byte[] unescape(String content) {
        StringBuilder text = new StringBuilder();
        Matcher byteCode = Pattern.compile("\\\\(\\d+)").matcher(content);
        while (byteCode.find()) {
            byteCode.appendReplacement(
                    text, Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(byteCode.group(1)))));
        }
        return byteCode.appendTail(text).toString().getBytes(ISO_8859_1);
    }
}
