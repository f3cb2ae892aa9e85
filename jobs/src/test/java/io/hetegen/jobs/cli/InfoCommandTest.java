package io.hetegen.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hetegen.engine.kernel.KernelChoice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InfoCommandTest {

    private static final String MODEL = System.getProperty("hetegen.demo.model");

    @Test
    void tellsPeopleWhatTheModelIsIn80Columns() {
        CliRun run = CliRun.of("info", MODEL);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("llama", "2.6 million parameters", "8 heads of 32, 2 key-value heads", "512 tokens")
                .contains("1536 tokens", "Q8_0", "1.0 KiB key-value cache per token");
        assertThat(run.out().lines()).allMatch(line -> line.length() <= 80);
    }

    @Test
    void tellsProgramsTheSameInBytes() throws Exception {
        JsonNode info =
                new ObjectMapper().readTree(CliRun.of("info", MODEL, "--json").out());

        assertThat(info.get("parameters").longValue()).isEqualTo(2_623_744);
        assertThat(info.get("chatTemplate").textValue()).isEqualTo("yes");
        // K and V of 4 layers, 2 heads of 32 elements each, 2 bytes an element.
        assertThat(info.get("kvBytesPerToken").longValue()).isEqualTo(2 * 4 * 2 * 32 * 2);
        assertThat(info.get("weightBytes").longValue())
                .isLessThan(Files.size(Path.of(MODEL)))
                .isEqualTo(info.get("bytesByType").get("Q8_0").longValue()
                        + info.get("bytesByType").get("F32").longValue());
    }

    @Test
    void tellsWhatTheProcessComputesWith() throws Exception {
        KernelChoice kernels = KernelChoice.make();

        assertThat(CliRun.of("info", MODEL).out().lines())
                .anyMatch(line -> line.startsWith("CPU kernels      " + kernels.name() + ": "));
        JsonNode info =
                new ObjectMapper().readTree(CliRun.of("info", MODEL, "--json").out());
        assertThat(info.get("kernels").textValue()).isEqualTo(kernels.name());
        assertThat(info.get("kernelsReason").textValue()).isEqualTo(kernels.reason());
    }

    @Test
    void refusesAFileThatIsCutShort(@TempDir Path folder) throws Exception {
        byte[] model = Files.readAllBytes(Path.of(MODEL));
        Path half = folder.resolve("half.gguf");
        Files.write(half, Arrays.copyOf(model, model.length / 2));

        CliRun run = CliRun.of("info", half.toString());

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).singleElement().asString().contains("half.gguf");
    }
}
