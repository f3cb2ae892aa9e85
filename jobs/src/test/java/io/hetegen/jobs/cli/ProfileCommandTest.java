package io.hetegen.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hetegen.engine.device.cuda.CudaDriver;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelShapeReader;
import io.hetegen.engine.model.SyntheticModelFile;
import io.hetegen.engine.plan.ModelShape;
import io.hetegen.engine.profile.Curve;
import io.hetegen.engine.profile.HardwareDescription;
import io.hetegen.engine.profile.LinearShape;
import io.hetegen.engine.profile.Measurement;
import io.hetegen.engine.profile.Profile;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProfileCommandTest {

    private static final String MODEL = "synthetic:tiny:q8_0";

    @TempDir
    private Path folder;

    @Test
    void aPlanIsMadeOfWhatWasMeasured() throws Exception {
        Path profile = folder.resolve("profile.json");
        Path plot = folder.resolve("curves.svg");

        CliRun run = profile("-o", profile.toString(), "--plot", plot.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines()).allMatch(line -> line.length() <= 100);
        assertThat(run.out())
                .contains(
                        "ffn_gate ffn_up... Q8_0",
                        "CPU   reads ",
                        ", 2 threads",
                        "Only the CPU was measured, as asked.");
        assertThat(parsed(Files.readString(plot)))
                .contains("T(CPU)", "decode", "prefill of 512")
                .doesNotContain("GPU");

        CliRun plan = CliRun.of("plan", "-m", MODEL, "--profile", profile.toString(), "--json");
        assertThat(plan.exitCode()).as(plan.err()).isZero();
        JsonNode json = new ObjectMapper().readTree(plan.out());
        assertThat(json.get("decodeTokensPerSecond").doubleValue()).isPositive();
        assertThat(json.get("threads").intValue()).isEqualTo(2);

        CliRun other = CliRun.of("plan", "-m", "synthetic:tiny:f16", "--profile", profile.toString());
        assertThat(other.exitCode()).isEqualTo(1);
        assertThat(other.err()).contains("was measured with a model of other sizes");
    }

    @Test
    void aPlanFindsWhatWasMeasuredOnThisMachine() {
        assumeThat(CudaDriver.probe(0).device()).isEmpty();
        assertThat(profile().exitCode()).isZero();

        CliRun plan = CliRun.of("plan", "-m", MODEL, "--threads", "2", "--json");

        assertThat(plan.exitCode()).as(plan.err()).isZero();
        assertThat(plan.err().lines())
                .singleElement()
                .asString()
                .startsWith("Planning from ")
                .endsWith(".json");
        assertThat(plan.out()).contains("The machine has no GPU.");
    }

    @Test
    void jsonIsTheProfile() throws Exception {
        Path profile = folder.resolve("profile.json");

        CliRun run = profile("--json", "-o", profile.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo(Files.readString(profile));
        assertThat(new ObjectMapper().readTree(run.out()).get("version").intValue())
                .isEqualTo(Profile.VERSION);
    }

    /** A system without fonts is named; there is no third way. */
    @Test
    void thePlotIsAPngIfItsNameSaysSo() throws Exception {
        Path plot = folder.resolve("curves.png");

        CliRun run = profile("--plot", plot.toString());

        if (run.exitCode() == 0) {
            assertThat(ImageIO.read(plot.toFile()).getWidth()).isEqualTo(2 * 1140);
        } else {
            assertThat(run.err().lines()).singleElement().asString().contains("cannot paint", "needs no fonts");
        }
    }

    private static CliRun profile(String... options) {
        List<String> arguments =
                new ArrayList<>(List.of("profile", "-m", MODEL, "-t", "2", "--seconds", "1", "--gpu-memory", "0"));
        arguments.addAll(Arrays.asList(options));
        return CliRun.of(arguments.toArray(new String[0]));
    }

    /** 16 rows a tile: CPU 30 a tile, link 9, GPU 1. */
    @Test
    void theTableAndThePlotOfAGpuShowTheBalance() throws Exception {
        ModelShape shape;
        try (ModelFile file = SyntheticModelFile.of(MODEL)) {
            shape = ModelShapeReader.read(file, ModelConfigReader.read(file));
        }
        List<Measurement> measurements = new ArrayList<>();
        for (LinearShape linear :
                shape.linears().stream().map(known -> known.shape()).distinct().toList()) {
            measurements.add(new Measurement(linear, 1, line(20), line(1), line(8), line(30), line(9)));
        }
        HardwareDescription hardware = new HardwareDescription(
                "a machine",
                new HardwareDescription.Cpu(16, 75, 90, 800, 3200, 8),
                new HardwareDescription.Link(24, 23, 8),
                new HardwareDescription.Gpu(24, 600, 31_000, 125_000, 31_000, 2),
                14);
        Profile profile = new Profile(shape.fingerprint(), 16, "a machine", hardware, measurements, List.of());

        List<String> lines = new ProfileTable(shape, profile).lines();
        assertThat(lines).allMatch(line -> line.length() <= 100).anyMatch(line -> line.endsWith("  75 %"));
        assertThat(lines)
                .contains(
                        "link  24.0 GB/s to the GPU, 23.0 back, latency 8.0 us; CPU and copies at once 90.0 GB/s",
                        "join  14.0 us for each group of linears that is split");
        assertThat(parsed(new ProfilePlot(shape, profile).svg())).contains("T(COM) + T(GPU)", "balance at 75 %");
    }

    /** Powers of two keep the sums exact. */
    private static Curve line(double perTile) {
        return new Curve(new int[] {1}, new double[] {perTile / (1 << 20)});
    }

    /** The text of well-formed XML. */
    private static String parsed(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)))
                .getDocumentElement()
                .getTextContent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-t 0", "-t 5000", "--seconds 0", "--seconds 4000", "--gpu-memory much"})
    void wrongNumbersAreWrongUsage(String option) {
        CliRun run = CliRun.of(("profile -m " + MODEL + " " + option).split(" "));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).singleElement().asString().contains("--help");
    }
}
