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
            "a machine",
            new HardwareDescription(
                    "here",
                    new Cpu(4, 30, 40, 100, 400, 3),
                    new Link(12, 12, 10),
                    new Gpu(8, 300, 9e3, 4e4, 4e4, 3),
                    9),
            List.of(
                    measurement(new LinearShape(DType.Q4_K, 1000, 512), 1),
                    measurement(new LinearShape(DType.F16, 16, 24), 128)),
            List.of("A remark."));

    @TempDir
    private Path folder;

    private static Measurement measurement(LinearShape shape, int tokens) {
        Curve other = new Curve(new int[] {2}, new double[] {3e-5});
        return new Measurement(shape, tokens, CURVE, other, CURVE, other, CURVE);
    }

    /** CPU 10 a tile of 10, link and GPU 2 and 3 a tile: 7 tiles there take 35, the 3 others 30. */
    @Test
    void theBalanceIsWhereTheGpusSideReachesTheCpus() {
        Measurement measurement =
                new Measurement(new LinearShape(DType.F32, 160, 16), 1, line(1), line(3), line(1), line(10), line(2));

        assertThat(measurement.balance()).isEqualTo(7);
        assertThat(measurement.gpuSideSeconds(7)).isEqualTo(35);
        assertThat(measurement.cpuSideSeconds(7)).isEqualTo(30);
        assertThat(measurement.gpuSideSeconds(0)).isZero();
        assertThat(measurement.cpuSideSeconds(10)).isZero();
    }

    private static Curve line(double secondsPerTile) {
        return new Curve(new int[] {1}, new double[] {secondsPerTile});
    }

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
                "a machine",
                hardware,
                List.of(new Measurement(new LinearShape(DType.F32, 16, 16), 1, CURVE)),
                List.of());
        Path file = folder.resolve("profile.json");
        profile.write(file);

        assertThat(Profile.read(file)).isEqualTo(profile);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"version\" : 3|\"version\" : 2|version must be 3",
                "\"copyBesideCpu\"|\"copies\"|measurements[0].copyBesideCpu is missing, an object is needed",
                "[ \"A remark.\" ]|[ 7 ]|remarks must hold strings only",
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
