package io.hetegen.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizeCommandTest {

    private static final String MODEL = System.getProperty("hetegen.demo.model");

    @Test
    void printsTheIdsOfTheTextByteForByte() {
        assertThat(tokenize("").out()).isEqualTo("[]" + System.lineSeparator());
        assertThat(tokenize("router\n").out()).isNotEqualTo(tokenize("router").out());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"my router is broken", " two  blanks \n\n", "é, 語 and 🙂", "<|user|>hi<|end|>", "{\"a\":1}"})
    void decodeIsTheReverse(String text) {
        String ids = tokenize(text).out();

        assertThat(CliRun.withInput(ids, "tokenize", "-m", MODEL, "--decode").out())
                .isEqualTo(text);
    }

    @Test
    void specialTokensInTheTextAreTextUnlessAskedOtherwise() {
        assertThat(tokenize("<|user|>").out()).isNotEqualTo("[2]" + System.lineSeparator());
        assertThat(tokenize("<|user|>", "--parse-special").out()).isEqualTo("[2]" + System.lineSeparator());
        assertThat(tokenize("<|user|>", "--no-special").out()).isNotEqualTo("[2]" + System.lineSeparator());
    }

    @Test
    void decodeTakesListsInEveryUsualFormAndCanLeaveSpecialTokensOut() {
        String text = "router";
        String ids = tokenize(text).out().strip();
        String plain = ids.substring(1, ids.length() - 1);

        for (String form : new String[] {ids, plain, plain.replace(",", ""), "\n" + ids + "\n"}) {
            assertThat(CliRun.withInput(form, "tokenize", "-m", MODEL, "--decode")
                            .out())
                    .isEqualTo(text);
        }
        assertThat(CliRun.withInput("[2, " + plain + "]", "tokenize", "-m", MODEL, "--decode")
                        .out())
                .isEqualTo("<|user|>" + text);
        assertThat(CliRun.withInput("[2, " + plain + "]", "tokenize", "-m", MODEL, "--decode", "--no-special")
                        .out())
                .isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[1, x]", "[1, -1]", "[1536]", "999999999999", "[1,,2]"})
    void whatIsNoListOfItsIdsIsRefused(String input) {
        CliRun run = CliRun.withInput(input, "tokenize", "-m", MODEL, "--decode");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err().lines()).singleElement().asString().contains("token id");
    }

    @Test
    void inputThatIsNotUtf8IsRefused() {
        CliRun run = CliRun.withInput(new byte[] {'a', (byte) 0xff}, "tokenize", "-m", MODEL);

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("not UTF-8");
    }

    private static CliRun tokenize(String text, String... options) {
        String[] arguments = new String[options.length + 3];
        arguments[0] = "tokenize";
        arguments[1] = "-m";
        arguments[2] = MODEL;
        System.arraycopy(options, 0, arguments, 3, options.length);
        CliRun run = CliRun.withInput(text, arguments);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return run;
    }
}
