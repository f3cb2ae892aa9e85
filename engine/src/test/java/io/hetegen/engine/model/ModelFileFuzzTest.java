package io.hetegen.engine.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.format.gguf.TinyLlama;
import io.hetegen.engine.tokenizer.TokenizerLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random damage to the header of a valid file: it still opens, or the error is the foreseen one. */
class ModelFileFuzzTest {

    private static final int FILES = 2_000;
    private static final int MOST_CHANGED_BYTES = 3;
    private static final byte[] TELLING = {0, 1, 2, 9, 32, 127, -128, -1};

    @TempDir
    private Path folder;

    @Test
    void opensOrRefuses() throws IOException {
        byte[] valid = TinyLlama.gguf().build();
        int headerBytes = headerBytes(valid);
        Path path = folder.resolve("damaged.gguf");
        int refused = 0;
        for (int seed = 0; seed < FILES; seed++) {
            Files.write(path, damage(valid, headerBytes, new Random(seed)));
            try (ModelFile file = ModelFiles.open(path)) {
                ModelConfigReader.read(file);
                TokenizerLoader.load(file);
            } catch (ModelException e) {
                refused++;
            } catch (RuntimeException | Error e) {
                fail("seed " + seed, e);
            }
        }
        assertThat(refused).isBetween(FILES / 4, FILES - 1);
    }

    private int headerBytes(byte[] valid) throws IOException {
        try (ModelFile file = ModelFiles.open(Files.write(folder.resolve("valid.gguf"), valid))) {
            return (int) file.tensor(TensorNames.TOKEN_EMBEDDING).offset();
        }
    }

    private static byte[] damage(byte[] valid, int headerBytes, Random random) {
        byte[] damaged = valid.clone();
        for (int changes = 1 + random.nextInt(MOST_CHANGED_BYTES); changes > 0; changes--) {
            int at = random.nextInt(headerBytes);
            damaged[at] = random.nextBoolean()
                    ? TELLING[random.nextInt(TELLING.length)]
                    : (byte) (damaged[at] ^ 1 << random.nextInt(Byte.SIZE));
        }
        return damaged;
    }
}
