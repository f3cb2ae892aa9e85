package io.hetegen.engine.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hetegen.engine.format.ModelFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Both programs are shell scripts here that write down how they were called and print what the real ones would. */
class SideBySideTest {

    private static final String LOGITS = "{\"logits\":[1.5,-2.0,0.5],\"argmax\":[0]}";

    @TempDir
    private Path folder;

    private Path calls;

    @BeforeEach
    void bothProgramsWork() throws IOException {
        calls = folder.resolve("calls");
        hetegen("same", LOGITS);
        script("llama-logits", "printf '1.5\\n-1.9\\n0.5\\n'");
        // Twice as fast on two threads; with flash attention the prompt is faster and the generation slower.
        script(
                "llama-bench",
                "p=$4 t=$8 fa=${10}",
                "case $p-$fa in 0-off) r=5 ;; 0-on) r=4 ;; *-off) r=20 ;; *-on) r=25 ;; esac",
                "echo 'load_backend: loaded CPU backend'",
                "echo '{\"samples_ts\": [ '$((r * t))' ]}'");
        Files.writeString(folder.resolve("version"), "llama.cpp v1.2.3 (node-llama-cpp 4.5.6)\n");
    }

    /** Ten runs have 10, 11 ... tokens/s for a prompt of each. */
    private void hetegen(String answer, String logits) throws IOException {
        script(
                "hetegen",
                "case $1 in",
                "  --version) echo hetegen 9.9; exit ;;",
                "  logits) echo '" + logits + "'; exit ;;",
                "esac",
                "n=$(grep -c '^hetegen bench' '" + calls + "')",
                "echo '{\"pp\":'$((49 + n))',\"tg\":10,\"weightBytesPerToken\":1000000000,\"readGBps\":12.5,"
                        + "\"kernels\":\"avx2\",\"answer\":\"'" + answer + "'\"}'");
    }

    private void script(String name, String... lines) throws IOException {
        List<String> text = new ArrayList<>(List.of("#!/bin/sh", "echo " + name + " \"$@\" >>'" + calls + "'"));
        text.addAll(List.of(lines));
        Path file = Files.write(folder.resolve(name), text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private record Outcome(int status, String out, String err) {}

    private Outcome run(String... more) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> arguments = new ArrayList<>(List.of(
                "--hetegen",
                folder.resolve("hetegen").toString(),
                "--peer",
                folder.toString(),
                "--work",
                folder.toString()));
        arguments.addAll(List.of(more));
        CommandLine line = SideBySide.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        int status = line.execute(arguments.toArray(new String[0]));
        return new Outcome(status, out.toString(), err.toString());
    }

    @Test
    void theTableHasBothTestsForEachNumberOfThreads() {
        Outcome outcome = run("-m", "model.gguf", "-t", "1,2", "-r", "3");

        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out().lines())
                .contains(
                        "| Model | Threads | Test | HeteGen | llama.cpp | Ratio | HeteGen reads | llama.cpp reads |",
                        "|---|--:|---|--:|--:|--:|--:|--:|",
                        "| model | 1 | pp512 | 51.0 ± 1.0 | 25.0 ± 0.0 | 2.04 |  |  |",
                        "| model | 1 | tg64 | 10.0 ± 0.0 | 5.0 ± 0.0 | 2.00 | 10.0 GB/s (80 %) | 5.0 GB/s (40 %) |",
                        "| model | 2 | pp512 | 54.0 ± 1.0 | 50.0 ± 0.0 | 1.08 |  |  |",
                        "| model | 2 | tg64 | 10.0 ± 0.0 | 10.0 ± 0.0 | 1.00 | 10.0 GB/s (80 %) | 10.0 GB/s (80 %) |");
        assertThat(outcome.out())
                .contains("Ours: hetegen 9.9, kernels `avx2`. Theirs: llama.cpp v1.2.3 (node-llama-cpp 4.5.6).");
        assertThat(outcome.out()).contains("-m model.gguf -t 1,2 -r 3`").contains("in any round (3 rounds)");
    }

    @Test
    void theSidesTakeTurnsAndTheirBestSettingIsTaken() throws IOException {
        Outcome outcome = run("-m", "model.gguf", "-t", "2", "-r", "2", "-p", "100", "-n", "7");

        assertThat(outcome.status()).as(outcome.err()).isZero();
        String file = Path.of("model.gguf").toAbsolutePath().toString();
        String ours = "hetegen bench -m " + file + " -p 100 -n 7 -t 2 -r 1 --gpu off -o json";
        String theirs = "llama-bench -m " + file + " -p %d -n %d -t 2 -fa %s -r 1 -o jsonl";
        assertThat(Files.readAllLines(calls).stream().filter(call -> call.contains("bench ")))
                .containsExactly(
                        theirs.formatted(100, 0, "off"),
                        theirs.formatted(0, 7, "off"),
                        theirs.formatted(100, 0, "on"),
                        theirs.formatted(0, 7, "on"),
                        ours,
                        theirs.formatted(100, 0, "on"),
                        theirs.formatted(0, 7, "off"),
                        ours,
                        theirs.formatted(100, 0, "on"),
                        theirs.formatted(0, 7, "off"));
    }

    @Test
    void jsonHasEveryRun() throws IOException {
        Path json = folder.resolve("result.json");
        Outcome outcome = run("-m", "model.gguf", "-r", "3", "--json", json.toString());

        assertThat(outcome.status()).as(outcome.err()).isZero();
        JsonNode comparison = new ObjectMapper().readTree(json.toFile()).at("/comparisons/0");
        assertThat(comparison.at("/threads").intValue()).isEqualTo(1);
        assertThat(comparison.at("/setting/flashAttentionForPrompt").booleanValue())
                .isTrue();
        assertThat(comparison.at("/setting/flashAttentionForGeneration").booleanValue())
                .isFalse();
        assertThat(comparison.at("/rounds")).hasSize(3);
        assertThat(comparison.at("/rounds/2/ours/pp").doubleValue()).isEqualTo(52);
        assertThat(comparison.at("/rounds/2/theirs/pp").doubleValue()).isEqualTo(25);
        assertThat(comparison.at("/rounds/2/otherLoad").isNumber()).isTrue();
    }

    @Test
    void aSyntheticModelIsWrittenOnce() throws IOException {
        Outcome outcome = run("-m", "synthetic:tiny:q4_k_m", "-r", "1");

        assertThat(outcome.status()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("| tiny-q4_k_m | 1 | pp512 |");
        Path file = folder.resolve("tiny-q4_k_m.gguf");
        ModelFiles.open(file).close();
        Object written = Files.getLastModifiedTime(file);
        assertThat(run("-m", "synthetic:tiny:q4_k_m", "-r", "1").status()).isZero();
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(written);
    }

    @Test
    void anAnswerThatChangesIsNoFigure() throws IOException {
        hetegen("$n", LOGITS);

        fails("round 2 of HeteGen gave the answer 2 and the first one 1", "-m", "model.gguf", "-r", "2");
    }

    @Test
    void otherLogitsAreAnotherModel() throws IOException {
        script("llama-logits", "printf '1.5\\n2\\n0.5\\n'");
        fails("they compute different models", "-m", "model.gguf");
        script("llama-logits", "printf '1.5\\n2\\n'");
        fails("HeteGen has 3 logits, llama.cpp has 2", "-m", "model.gguf");
        script("llama-logits", "printf '1.5\\nNaN\\n0.5\\n'");
        fails("logit 1 is -2.0 with HeteGen and NaN with llama.cpp", "-m", "model.gguf");
    }

    @Test
    void aProgramThatFailsIsToldWithWhatItSaid() throws IOException {
        script("llama-bench", "echo no memory >&2", "exit 3");
        fails("-o jsonl ended with 3: no memory", "-m", "model.gguf");
        script("llama-bench", "echo nothing");
        fails("printed no result", "-m", "model.gguf");
        fails("there is no synthetic shape 'huge'", "-m", "synthetic:huge:q8_0");
        Files.delete(folder.resolve("llama-bench"));
        fails("has no llama-bench: it must be the folder llama.cpp that", "-m", "model.gguf");
    }

    @Test
    void wrongNumbersAreWrongUsage() {
        for (String option : new String[] {"-r", "-t", "-p", "-n"}) {
            Outcome outcome = run("-m", "model.gguf", option, "0");
            assertThat(outcome.status()).as(option).isEqualTo(2);
            assertThat(outcome.err()).contains(option + " must be at least 1, is 0");
        }
    }

    private void fails(String message, String... arguments) {
        Outcome outcome = run(arguments);
        assertThat(outcome.status()).as(outcome.out()).isEqualTo(1);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).contains(message).doesNotContain("Exception");
    }
}
