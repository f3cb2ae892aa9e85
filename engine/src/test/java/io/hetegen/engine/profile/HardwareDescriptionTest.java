package io.hetegen.engine.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HardwareDescriptionTest {

    private static final Path A10 = Path.of("../docs/hardware/a10.json");

    @TempDir
    private Path folder;

    @Test
    void readsTheA10() throws IOException {
        HardwareDescription a10 = HardwareDescription.read(A10);

        assertThat(a10.cpu()).isEqualTo(new HardwareDescription.Cpu(16, 75, 140, 800, 3200, 16));
        assertThat(a10.link()).isEqualTo(new HardwareDescription.Link(24, 24, 10));
        assertThat(a10.joinMicros()).isEqualTo(15);
        assertThat(Objects.requireNonNull(a10.gpu()).memoryBytes()).isEqualTo(24_000_000_000L);
        assertThat(a10.gpu().launchMicros()).isPositive();
    }

    @Test
    void aMachineNeedsNoGpu() throws IOException {
        HardwareDescription hardware = read("""
                {"name": "laptop", "joinMicros": 15, "cpu": {"cores": 4, "readGBps": 30, "busGBps": 30,
                 "f32Gflops": 200, "int8Gops": 800, "saturationCores": 2}}""");

        assertThat(hardware.gpu()).isNull();
        assertThat(hardware.cpu().saturationCores()).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"cores\": 16|\"cores\": 0|cpu.cores must be an integer from 1 to 65536, is '0'",
                "\"cores\": 16|\"cores\": 1.5|cpu.cores must be an integer",
                "\"readGBps\": 75|\"readGBps\": -75|cpu.readGBps must be a number that is not negative",
                "\"readGBps\": 75|\"readGBps\": 0|cpu.readGBps must be above 0",
                "\"readGBps\": 75|\"readGBps\": \"75\"|cpu.readGBps must be a number",
                "\"readGBps\": 75|\"readGBps\": 1e999|cpu.readGBps must be a number",
                "\"readGBps\": 75|\"readGbps\": 75|cpu.readGBps is missing",
                "\"cores\": 16|\"cores\": 16, \"turbo\": true|there is no field 'turbo', known are [busGBps, cores",
                "\"link\"|\"limk\"|link is missing: a GPU needs a link",
                "\"joinMicros\": 15|\"joinMicros\": null|joinMicros is missing",
                "\"cores\": 16|\"cores\": 16, \"cores\": 17|is not well-formed JSON at line 3",
            })
    void refusesByName(String from, String to, String message) throws IOException {
        String json = Files.readString(A10).replace(from, to);

        assertThatThrownBy(() -> read(json))
                .isInstanceOf(InvalidFileException.class)
                .hasMessageStartingWith("hardware.json: ")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "3", "{", "{} {}", "{\"name\": \"\\u00"})
    void refusesWhatIsNoObject(String json) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(InvalidFileException.class);
    }

    @Test
    void refusesDeepNestsAndFolders() {
        assertThatThrownBy(() -> read("{\"a\":".repeat(5000)))
                .isInstanceOf(InvalidFileException.class)
                .hasMessageContaining("depth");
        assertThatThrownBy(() -> HardwareDescription.read(folder))
                .isInstanceOf(InvalidFileException.class)
                .hasMessageContaining("is a folder");
    }

    private static HardwareDescription read(String json) throws IOException {
        return HardwareDescription.of(JsonObject.parse(json.getBytes(StandardCharsets.UTF_8), "hardware.json"));
    }
}
