package io.hetegen.engine.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.format.TensorInfo;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.SyntheticModelFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GgufWriterTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tiny:f32",
                "tiny:f16",
                "tiny:bf16",
                "tiny:q8_0",
                "tiny:q4_0",
                "tiny:q4_1",
                "tiny:q5_0",
                "tiny:q5_1",
                "tiny:q2_k",
                "tiny:q3_k",
                "tiny:q4_k",
                "tiny:q5_k",
                "tiny:q6_k",
                "tiny:iq4_nl",
                "tiny:iq4_xs",
                "tiny:mxfp4",
                "tiny:q4_k_m",
                "tiny-opt:q8_0",
                "tiny-qwen3:q4_0"
            })
    void theEngineReadsBackWhatWasWritten(String name) throws IOException {
        Path path = folder.resolve("model.gguf");
        try (ModelFile model = SyntheticModelFile.of("synthetic:" + name)) {
            GgufWriter.write(model, path);
            try (ModelFile written = ModelFiles.open(path)) {
                assertThat(ModelConfigReader.read(written)).isEqualTo(ModelConfigReader.read(model));
                assertThat(written.tensors().keySet())
                        .containsExactlyElementsOf(model.tensors().keySet());
                for (TensorInfo tensor : model.tensors().values()) {
                    TensorInfo other = written.tensor(tensor.name());
                    assertThat(other.dtype()).isEqualTo(tensor.dtype());
                    assertThat(bytes(written, other)).as(tensor.name()).isEqualTo(bytes(model, tensor));
                }
            }
        }
    }

    @Test
    void nothingElseStaysInTheFolderAndAnOldFileIsReplaced() throws IOException {
        Path path = Files.writeString(folder.resolve("model.gguf"), "old");
        try (ModelFile model = SyntheticModelFile.of("synthetic:tiny:q8_0")) {
            GgufWriter.write(model, path);
        }
        assertThat(folder).isDirectoryNotContaining(file -> !file.equals(path));
        assertThat(Files.size(path) % 32).isZero();
        ModelFiles.open(path).close();
    }

    private static byte[] bytes(ModelFile file, TensorInfo tensor) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(tensor.bytes()));
        file.read(tensor, 0, bytes);
        return bytes.array();
    }
}
