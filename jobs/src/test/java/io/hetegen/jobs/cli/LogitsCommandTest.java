package io.hetegen.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogitsCommandTest {

    private static final String MODEL = System.getProperty("hetegen.demo.model");
    private static final int VOCABULARY = 1536;

    @ParameterizedTest
    @ValueSource(strings = {"f16", "f32"})
    void printsTheLastLogitsAndTheMostLikelyTokenOfEachPosition(String kvType) throws Exception {
        JsonNode three = logits("0,2,629", kvType);
        JsonNode two = logits("[0, 2]", kvType);

        assertThat(three.get("logits")).hasSize(VOCABULARY);
        assertThat(three.get("argmax")).hasSize(3);
        assertThat(three.get("argmax").get(1)).isEqualTo(two.get("argmax").get(1));
        assertThat(three.get("argmax").get(2).intValue()).isEqualTo(largest(three.get("logits")));
        assertThat(two.get("argmax").get(1).intValue()).isEqualTo(largest(two.get("logits")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1536", "0,999999"})
    void anIdBeyondTheVocabularyIsOneLineAndExitCode1(String ids) {
        CliRun run = CliRun.of("logits", "-m", MODEL, "--ids", ids);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines()).singleElement().asString().contains("not in the vocabulary");
    }

    @Test
    void moreIdsThanTheContextTakesAreRefused() {
        CliRun run = CliRun.of("logits", "-m", MODEL, "--ids", "0" + ",1".repeat(512));

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("513 token ids do not fit the model's context of 512");
    }

    private static JsonNode logits(String ids, String kvType) throws Exception {
        CliRun run = CliRun.of("logits", "-m", MODEL, "--ids", ids, "--kv-type", kvType);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return new ObjectMapper().readTree(run.out());
    }

    private static int largest(JsonNode logits) {
        int largest = 0;
        for (int i = 1; i < logits.size(); i++) {
            if (logits.get(i).floatValue() > logits.get(largest).floatValue()) {
                largest = i;
            }
        }
        return largest;
    }
}
