package io.hetegen.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hetegen.engine.plan.PartitionPlan;
import io.hetegen.engine.plan.PlanFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlanCommandTest {

    private static final String A10 = "../docs/hardware/a10.json";

    @TempDir
    private Path folder;

    /** HeteGen's published points: OPT on an A10 with fp16, prompt 512, generate 64. */
    @ParameterizedTest
    @CsvSource({
        "opt-6.7b, 0.9GB 1.9GB 3.8GB 5.0GB 7.9GB 9.9GB 11.6GB 13.0GB",
        "opt-13b, 1.1GB 3.0GB 7.1GB 8.9GB 12.9GB 17.0GB 18.9GB",
        "opt-30b, 1.7GB 6.2GB 10.8GB 15.7GB 20.3GB"
    })
    void isAtOrAboveEachPublishedPoint(String shape, String sizes) {
        CliRun run = plan("synthetic:" + shape + ":f16", "--sweep", sizes.replace(' ', ','));

        assertThat(run.exitCode()).as(run.err()).isZero();
        List<String> rows =
                run.out().lines().filter(line -> line.contains(" GB ")).toList();
        assertThat(rows).hasSize(sizes.split(" ").length);
        for (String row : rows) {
            String[] cells = row.strip().split("\\s+");
            double ours = Double.parseDouble(cells[2]);
            assertThat(ours).as(row).isGreaterThanOrEqualTo(Double.parseDouble(cells[6]));
            for (int other = 3; other <= 5; other++) {
                assertThat(ours).as(row).isGreaterThanOrEqualTo(Double.parseDouble(cells[other]));
            }
        }
        assertThat(run.out().lines()).allMatch(line -> line.length() <= 100);
    }

    @Test
    void jsonHasTheSpeedsAndALinearForEachOfTheModel() throws Exception {
        CliRun run = plan("synthetic:tiny-opt:f16", "--gpu-memory", "2MB", "--json");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out().lines()).hasSize(1);
        JsonNode json = new ObjectMapper().readTree(run.out());
        double decode = json.get("decodeTokensPerSecond").doubleValue();
        double prefill = json.get("prefillTokensPerSecond").doubleValue();
        double request = json.get("requestTokensPerSecond").doubleValue();
        assertThat(request).isCloseTo(64 / (512 / prefill + 64 / decode), within(1e-6 * request));
        assertThat(json.get("linears")).hasSize(2 * 6 + 1);
        for (JsonNode linear : json.get("linears")) {
            JsonNode shares = linear.get("decode");
            assertThat(shares.get("cpuTiles").intValue()
                            + shares.get("streamedTiles").intValue()
                            + shares.get("residentTiles").intValue())
                    .isEqualTo(linear.get("tiles").intValue());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"hetegen", "layers", "stream", "cpu"})
    void theTableFits100ColumnsForEachStrategy(String strategy) {
        CliRun run = plan("synthetic:qwen3-0.6b:q4_0", "--gpu-memory", "300MiB", "--strategy", strategy);

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("strategy " + strategy, "attn_q", "ffn_gate", "output", "GPU memory", "tokens/s");
        assertThat(run.out().lines()).allMatch(line -> line.length() <= 100);
    }

    @Test
    void writesWhatPlanFileReads() throws Exception {
        Path file = folder.resolve("plan.json");
        CliRun run = plan("synthetic:tiny:q4_k", "--gpu-memory", "1GB", "-t", "4", "-o", file.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        PartitionPlan plan = PlanFile.read(file);
        assertThat(plan.threads()).isEqualTo(4);
        assertThat(plan.request().gpuMemoryBytes()).isEqualTo(1_000_000_000);
    }

    @Test
    void drawsTheComparisonAndTheTimeline() throws Exception {
        Path plot = folder.resolve("plot.svg");
        Path timeline = folder.resolve("timeline.svg");

        assertThat(plan("synthetic:opt-125m:f16", "--sweep", "50MB,150MB", "--plot", plot.toString())
                        .exitCode())
                .isZero();
        assertThat(plan("synthetic:opt-125m:f16", "--gpu-memory", "50MB", "--timeline", timeline.toString())
                        .exitCode())
                .isZero();

        for (Path svg : List.of(plot, timeline)) {
            assertThat(DocumentBuilderFactory.newInstance()
                            .newDocumentBuilder()
                            .parse(svg.toFile())
                            .getDocumentElement()
                            .getTagName())
                    .isEqualTo("svg");
        }
        assertThat(Files.readString(plot)).contains("hetegen", "layers", "stream", "cpu");
        assertThat(Files.readString(timeline)).contains("CPU", "COPY", "GPU");
    }

    @Test
    void printsTheSlotPlanAsAFragmentOfConfigYaml() {
        CliRun run =
                plan("synthetic:opt-1.3b:q8_0", "--gpu-memory", "500MB", "--flink", "--slots", "2", "--sequences", "3");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out())
                .contains(
                        "taskmanager.numberOfTaskSlots: 2",
                        "taskmanager.memory.framework.off-heap.size: ",
                        "external-resource.gpu.amount: 1",
                        "#   gpu            0.5000",
                        "#   --hetegen.engine.threads 16",
                        "#   --hetegen.engine.max-sequences 3");
        assertThat(run.out().lines()).allMatch(line -> line.startsWith("#") || line.isEmpty() || line.contains(": "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--hardware A --profile B",
                "--hardware A10 --gpu-memory 6XB",
                "--hardware A10 --strategy fastest",
                "--hardware A10 --prompt 0",
                "--hardware A10 --generate 0",
                "--hardware A10 --threads 17",
                "--hardware A10 --plot x.svg",
                "--hardware A10 --sweep 1GB --flink",
                "--hardware A10 --json --flink",
                "--hardware A10 --slots 0",
                "--hardware A10 --sequences 0"
            })
    void wrongUsageIsOneLineAndExitCode2(String options) {
        CliRun run = run("synthetic:tiny:f16", options.replace("A10", A10).split(" "));

        assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).singleElement().asString().contains("--help");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--threads 7|nothing was measured with synthetic:tiny:f16 and 7 threads on this machine",
                "--hardware no/such.json|no such file: no/such.json",
                "--hardware ..|is a folder",
                "--hardware ../docs/planning.md|is not well-formed JSON",
                "--profile ../docs/hardware/a10.json|version is missing",
                "--hardware ../docs/hardware/a10.json --gpu-memory 25GB|more than the 24.00 GB",
                "--hardware ../docs/hardware/a10.json --gpu-memory 1KB --strategy stream|needs at least",
                "--hardware ../docs/hardware/a10.json --prompt 2048|do not fit the model's context of 2048",
            })
    void whatCannotBePlannedIsOneLineAndExitCode1(String options, String message) {
        CliRun run = run("synthetic:tiny:f16", options.split(" "));

        assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).singleElement().asString().contains(message);
    }

    private static CliRun plan(String model, String... options) {
        List<String> all = new ArrayList<>(List.of("--hardware", A10));
        all.addAll(Arrays.asList(options));
        return run(model, all.toArray(String[]::new));
    }

    private static CliRun run(String model, String... options) {
        List<String> all = new ArrayList<>(List.of("plan", "-m", model));
        Arrays.stream(options).filter(option -> !option.isEmpty()).forEach(all::add);
        return CliRun.of(all.toArray(String[]::new));
    }
}
