package io.hetegen.engine.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hetegen.engine.profile.HardwareDescription.Cpu;
import io.hetegen.engine.profile.HardwareDescription.Gpu;
import io.hetegen.engine.profile.HardwareDescription.Link;
import io.hetegen.engine.tensor.DType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProfileTest {

    private static final Curve CURVE = new Curve(new int[] {1, 8}, new double[] {1e-5, 6e-5});
    private static final Profile PROFILE = new Profile(
            "0123",
            2,
            new HardwareDescription(
                    "here",
                    new Cpu(4, 30, 40, 100, 400, 3),
                    new Link(12, 12, 10),
                    new Gpu(8, 300, 9e3, 4e4, 4e4, 3),
                    9),
            List.of(
                    new Measurement(new LinearShape(DType.Q4_K, 1000, 512), 1, CURVE, CURVE, CURVE),
                    new Measurement(new LinearShape(DType.F16, 16, 24), 128, CURVE, CURVE, CURVE)));

    @TempDir
    private Path folder;

    @Test
    void readsWhatItWrote() throws IOException {
        Path file = folder.resolve("profile.json");
        PROFILE.write(file);

        assertThat(Profile.read(file)).isEqualTo(PROFILE);
    }

    @Test
    void withoutGpuThereAreNoCurvesOfIt() throws IOException {
        HardwareDescription hardware =
                new HardwareDescription("here", PROFILE.hardware().cpu(), null, null, 9);
        Profile profile = new Profile(
                "0123",
                2,
                hardware,
                List.of(new Measurement(new LinearShape(DType.F32, 16, 16), 1, CURVE, null, null)));
        Path file = folder.resolve("profile.json");
        profile.write(file);

        assertThat(Profile.read(file)).isEqualTo(profile);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"version\" : 1|\"version\" : 2|version must be 1",
                "Q4_K|Q4_Z|measurements[0].dtype must be one of [F32",
                "\"columns\" : 512|\"columns\" : 513|measurements[0].columns must be a multiple of 256",
                "\"tokens\" : 1,|\"tokens\" : 0,|measurements[0].tokens must be an integer from 1",
                "\"tiles\" : [ 1, 8 ]|\"tiles\" : [ 8, 1 ]|measurements[0].cpu.tiles are no curve",
                "\"tiles\" : [ 1, 8 ]|\"tiles\" : [ 1.5, 8 ]|measurements[0].cpu.tiles must be integers",
                "\"threads\" : 2|\"threads\" : -2|threads must be an integer",
                "\"rows\" : 1000|\"rows\" : 99999999999|measurements[0].rows must be an integer",
            })
    void refusesByName(String from, String to, String message) throws IOException {
        Path file = folder.resolve("profile.json");
        PROFILE.write(file);
        String text = Files.readString(file);
        assertThat(text).contains(from);
        byte[] changed = text.replace(from, to).getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> Profile.of(JsonObject.parse(changed, "profile.json")))
                .isInstanceOf(InvalidFileException.class)
                .hasMessageStartingWith("profile.json: " + message);
    }
}
