package io.hetegen.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerateCommandTest {

    private static final String MODEL = System.getProperty("hetegen.demo.model");
    private static final String TICKET = "Hi, I was charged twice for the March invoice. Thanks";
    private static final String START = "{\"category\":\"billing\",";

    @Test
    void answersAChatAndPrintsTheTextAlone() throws Exception {
        CliRun run = generate("", "--chat", TICKET);

        assertThat(run.err()).isEmpty();
        assertThat(new ObjectMapper().readTree(run.out()).get("category").textValue())
                .isEqualTo("billing");
    }

    @Test
    void jsonTellsIdsTextAndTimes() throws Exception {
        JsonNode answer = json(generate("", "--chat", TICKET, "--json"));

        assertThat(answer.fieldNames())
                .toIterable()
                .containsExactly("promptIds", "ids", "text", "finishReason", "prefillSeconds", "decodeSeconds");
        assertThat(answer.get("promptIds").get(0).intValue()).isZero();
        assertThat(answer.get("ids").get(answer.get("ids").size() - 1).intValue())
                .as("the end token")
                .isEqualTo(1);
        assertThat(answer.get("text").textValue() + System.lineSeparator())
                .isEqualTo(generate("", "--chat", TICKET).out());
        assertThat(answer.get("finishReason").textValue()).isEqualTo("stop");
        assertThat(answer.get("prefillSeconds").doubleValue()).isPositive();
    }

    @Test
    void thePromptComesFromAnyOfItsSources() throws Exception {
        JsonNode text = json(generate("", "-p", START, "-n", "1", "--json"));

        assertThat(json(generate(START, "-n", "1", "--json")).get("ids")).isEqualTo(text.get("ids"));
        assertThat(json(generate(START, "-p", "-", "-n", "1", "--json")).get("ids"))
                .isEqualTo(text.get("ids"));
        String ids = text.get("promptIds").toString();
        assertThat(json(generate("", "--ids", ids, "-n", "1", "--json")).get("ids"))
                .isEqualTo(text.get("ids"));
        assertThat(text.get("ids")).hasSize(1);
        assertThat(text.get("finishReason").textValue()).isEqualTo("length");
    }

    @Test
    void samplingFlagsReachTheEngine() throws Exception {
        String[] sampling = {"--chat", TICKET, "--temperature", "5", "--top-k", "50", "--seed", "7", "--json"};

        JsonNode drawn = json(generate("", sampling));

        assertThat(drawn.get("ids")).isEqualTo(json(generate("", sampling)).get("ids"));
        assertThat(drawn.get("ids"))
                .isNotEqualTo(json(generate("", "--chat", TICKET, "--json")).get("ids"));
    }

    @Test
    void stopTextsEndTheAnswerAndAreNotShown() {
        assertThat(generate("", "--chat", TICKET, "--stop", "\",\"priority").out())
                .isEqualTo("{\"category\":\"billing" + System.lineSeparator());
    }

    @ParameterizedTest
    @CsvSource({
        "--gpu off --plan plan.json, mutually exclusive",
        "--gpu on, --gpu",
        "--gpu off --gpu-memory 1GB, --gpu-memory goes with --gpu auto or --plan",
    })
    void contradictingGpuFlagsAreWrongUsage(String flags, String message) {
        List<String> line = new ArrayList<>(List.of("generate", "-m", MODEL, "-p", "a"));
        line.addAll(List.of(flags.split(" ")));

        CliRun run = CliRun.of(line.toArray(String[]::new));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err().lines()).singleElement().asString().contains(message);
    }

    @Test
    void aPromptLongerThanTheContextIsOneLineAndExitCode1() {
        CliRun run = CliRun.of("generate", "-m", MODEL, "-p", "router ".repeat(600));

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).singleElement().asString().startsWith("hetegen: ");
    }

    private static JsonNode json(CliRun run) throws Exception {
        assertThat(run.out().lines()).hasSize(1);
        return new ObjectMapper().readTree(run.out());
    }

    private static CliRun generate(String input, String... options) {
        CliRun run = CliRun.withInput(
                input,
                Stream.concat(Stream.of("generate", "-m", MODEL), Arrays.stream(options))
                        .toArray(String[]::new));
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run;
    }
}
