package io.hetegen.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BenchCommandTest {

    private static final String MODEL = System.getProperty("hetegen.demo.model");

    @ParameterizedTest
    @ValueSource(strings = {"synthetic:tiny:q4_0", "synthetic:tiny-opt:f16", "synthetic:tiny-qwen3:q8_0"})
    void jsonIsOneLineOfFiguresThatFitTogether(String model) throws Exception {
        CliRun run = CliRun.of("bench", "-m", model, "-p", "20", "-n", "4", "-t", "2", "-r", "2", "-o", "json");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out().lines()).hasSize(1);
        JsonNode result = new ObjectMapper().readTree(run.out());
        assertThat(result.fieldNames())
                .toIterable()
                .startsWith(
                        "pp", "tg", "ppDeviation", "tgDeviation", "weightBytesPerToken", "readGBps", "bandwidthShare");
        for (String figure : new String[] {"pp", "tg", "weightBytesPerToken", "readGBps", "bandwidthShare"}) {
            assertThat(result.get(figure).doubleValue()).as(figure).isPositive();
        }
        double share = result.get("tg").doubleValue()
                * result.get("weightBytesPerToken").longValue()
                / 1e9
                / result.get("readGBps").doubleValue();
        assertThat(result.get("bandwidthShare").doubleValue()).isCloseTo(share, within(share * 1e-9));
    }

    @Test
    void aTokenReadsTheLayersAndTheOutputMatrixButOneRowOfTheEmbedding() throws Exception {
        CliRun run = CliRun.of("bench", "-m", "synthetic:tiny:f32", "-p", "1", "-n", "1", "-r", "1", "-o", "json");

        long attention = 256 * (256 + 128 + 128) + 256 * 256;
        long mlp = 3 * 256 * 512;
        long output = 512 * 256;
        assertThat(new ObjectMapper()
                        .readTree(run.out())
                        .get("weightBytesPerToken")
                        .longValue())
                .isEqualTo(4 * (2 * (attention + mlp) + output));
    }

    @Test
    void jsonHasEveryRunAndWhatWasRun() throws Exception {
        JsonNode result = json("-p", "20", "-n", "4", "-t", "2", "-r", "3", "-d", "70", "--sequences", "5");

        assertThat(result.get("depth").intValue()).isEqualTo(70);
        assertThat(result.get("sequences").intValue()).isEqualTo(5);
        assertThat(result.get("threads").intValue()).isEqualTo(2);
        assertThat(result.get("kernels").textValue()).isNotEmpty();
        assertThat(result.get("loadSeconds").doubleValue()).isPositive();
        assertThat(result.get("weightBytes").longValue())
                .isGreaterThan(result.get("weightBytesPerToken").longValue());
        for (String figure : new String[] {"pp", "tg", "tgTogether"}) {
            JsonNode runs = result.get(figure + "Runs");
            assertThat(runs).as(figure).hasSize(3);
            double sum = 0;
            for (JsonNode rate : runs) {
                assertThat(rate.doubleValue()).as(figure).isPositive();
                sum += rate.doubleValue();
            }
            assertThat(result.get(figure).doubleValue()).as(figure).isCloseTo(sum / 3, within(1e-9 * sum));
        }
    }

    @Test
    void theAnswerDependsOnWhatIsAskedAndNotOnThreadsOrRepetitions() throws Exception {
        String answer =
                json("-p", "9", "-n", "6", "-t", "1", "-r", "1").get("answer").textValue();

        assertThat(json("-p", "9", "-n", "6", "-t", "3", "-r", "2")
                        .get("answer")
                        .textValue())
                .isEqualTo(answer);
        assertThat(json("-p", "9", "-n", "6", "-t", "1", "-r", "1", "-d", "7")
                        .get("answer")
                        .textValue())
                .isNotEqualTo(answer);
        assertThat(json("-p", "9", "-n", "6", "-t", "1", "-r", "1", "--sequences", "2")
                        .get("answer")
                        .textValue())
                .isNotEqualTo(answer);
    }

    private static JsonNode json(String... options) throws Exception {
        List<String> args = new ArrayList<>(List.of("bench", "-m", "synthetic:tiny:q8_0", "-o", "json"));
        args.addAll(List.of(options));
        CliRun run = CliRun.of(args.toArray(new String[0]));
        assertThat(run.exitCode()).as(run.err()).isZero();
        return new ObjectMapper().readTree(run.out());
    }

    @Test
    void theTableFits80ColumnsAndNamesTheTests() {
        CliRun run = CliRun.of(
                "bench", "-m", MODEL, "-p", "16", "-n", "3", "-t", "1", "-r", "1", "-d", "65", "--sequences", "3");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains("pp16 ", "tg3 @ d65 ", "tg3 @ d65 x 3 ", "1 thread, ", "tokens/s", "GB/s");
        assertThat(run.out().lines()).allMatch(line -> line.length() <= 80);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"-p 0", "-n -1", "-t 0", "-t 5000", "-r 0", "-o xml", "-d -1", "-d 2147483647", "--sequences 0"})
    void wrongNumbersAreWrongUsage(String option) {
        CliRun run = CliRun.of(("bench -m synthetic:tiny:q8_0 " + option).split(" "));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).singleElement().asString().contains("--help");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "synthetic:llama-9000b:q8_0|no synthetic shape 'llama-9000b'",
                "synthetic:tiny:q8_0 -n 3000|3000 tokens do not fit the model's context of 2048",
                "synthetic:tiny:q8_0 -n 64 -d 2000|2064 tokens do not fit the model's context of 2048"
            })
    void whatCannotBeMeasuredIsOneLineAndExitCode1(String line) {
        String[] parts = line.split("\\|");
        CliRun run = CliRun.of(("bench -m " + parts[0]).split(" "));

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).singleElement().asString().contains(parts[1]);
    }
}
