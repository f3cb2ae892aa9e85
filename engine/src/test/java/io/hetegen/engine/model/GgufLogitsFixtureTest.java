package io.hetegen.engine.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hetegen.engine.KvType;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.model.CausalLm.LogitsFor;
import io.hetegen.engine.model.CausalLm.Slice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logits and greedy ids against a float64 forward pass of the same files (fixtures/gguf/README.md has the tolerances). */
@EnabledIfSystemProperty(named = "hetegen.fixtures", matches = ".+")
class GgufLogitsFixtureTest {

    private static final Logger LOG = LoggerFactory.getLogger(GgufLogitsFixtureTest.class);

    /** Float activations: only the order of the sums differs from the float64 pass. */
    private static final double FLOAT_NMSE = 1e-10;

    /** Activations of 8 bits: llama.cpp rounds them too, and shows this much. */
    private static final double QUANTIZED_NMSE_FACTOR = 1.5;

    /** Twice the logit error that is allowed: below it the first two tokens may swap. */
    private static final double FLOAT_MARGIN = 1e-4;

    private static final double QUANTIZED_MARGIN_PER_RMS = 0.25;

    private static final Pattern QUANTIZED = Pattern.compile("types/(Q|IQ|MX)");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "types/F32",
                "types/F16",
                "types/BF16",
                "types/Q8_0",
                "types/Q4_0",
                "types/Q4_1",
                "types/Q5_0",
                "types/Q5_1",
                "types/Q2_K",
                "types/Q3_K",
                "types/Q4_K",
                "types/Q5_K",
                "types/Q6_K",
                "types/IQ4_NL",
                "types/IQ4_XS",
                "types/MXFP4",
                "types/Q4_0_MIX",
                "types/Q2_K_MIX",
                "types/Q3_K_M",
                "types/Q4_K_M",
                "types/Q5_K_M",
                "types/IQ4_XS_MIX",
                "arch/llama",
                "arch/llama-q",
                "arch/llama-ropefreqs",
                "arch/llama-ropefreqs-q",
                "arch/llama-linear-rope",
                "arch/llama-linear-rope-q",
                "arch/llama-headdim",
                "arch/llama-headdim-q",
                "arch/qwen2",
                "arch/qwen2-q",
                "arch/qwen3",
                "arch/qwen3-q"
            })
    void logitsAndGreedyIds(String name) throws IOException {
        Path folder = Path.of(System.getProperty("hetegen.fixtures"), "gguf");
        JsonNode expected = new ObjectMapper()
                .readTree(folder.resolve(name + ".expected.json").toFile());
        boolean quantized = name.endsWith("-q") || QUANTIZED.matcher(name).lookingAt();
        try (ModelFile file = ModelFiles.open(folder.resolve(name + ".gguf"));
                ThreadTeam team = new ThreadTeam(2);
                CausalLm model = ModelLoader.load(file, ModelConfigReader.read(file), team, KvType.F32);
                KvCache cache = model.newCache()) {
            int[] prompt = ints(expected.get("prompt_ids"));
            float[][] logits = model.forward(List.of(new Slice(cache, prompt, LogitsFor.ALL)))
                    .get(0);
            double nmse = nmse(logits[prompt.length - 1], doubles(expected.get("logits_exact")));
            // Of two equally good roundings either may be the luckier one for this prompt.
            double llamaCpp = Math.max(
                    expected.get("nmse_llamacpp_vs_exact").asDouble(),
                    expected.get("nmse_median_of_prompts").asDouble());
            double bound = quantized ? QUANTIZED_NMSE_FACTOR * llamaCpp : FLOAT_NMSE;
            LOG.info("{}: NMSE {}, bound {}, llama.cpp {}", name, nmse, bound, llamaCpp);
            assertThat(nmse).isLessThanOrEqualTo(bound);

            double margin = quantized
                    ? QUANTIZED_MARGIN_PER_RMS * expected.get("logits_rms").asDouble()
                    : FLOAT_MARGIN;
            assertArgmax(expected, margin, logits);
            assertGreedyIds(expected, margin, model, cache, logits[prompt.length - 1]);
        }
    }

    private static void assertArgmax(JsonNode expected, double margin, float[][] logits) {
        int[] ids = ints(expected.get("prompt_argmax_exact"));
        double[] margins = doubles(expected.get("prompt_top2_margin_exact"));
        for (int position = 0; position < ids.length; position++) {
            if (margins[position] >= margin) {
                assertThat(argmax(logits[position])).as("position %s", position).isEqualTo(ids[position]);
            }
        }
    }

    private static void assertGreedyIds(
            JsonNode expected, double margin, CausalLm model, KvCache cache, float[] firstLogits) {
        int[] ids = ints(expected.get("greedy_ids_exact"));
        double[] margins = doubles(expected.get("greedy_top2_margin_exact"));
        float[] logits = firstLogits;
        for (int step = 0; step < ids.length && margins[step] >= margin; step++) {
            assertThat(argmax(logits)).as("greedy step %s", step).isEqualTo(ids[step]);
            logits = model.forward(List.of(new Slice(cache, new int[] {ids[step]}, LogitsFor.LAST)))
                    .get(0)[0];
        }
    }

    private static int argmax(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    private static double nmse(float[] actual, double[] exact) {
        assertThat(actual).hasSameSizeAs(exact);
        double error = 0;
        double power = 0;
        for (int i = 0; i < exact.length; i++) {
            error += (actual[i] - exact[i]) * (actual[i] - exact[i]);
            power += exact[i] * exact[i];
        }
        return error / power;
    }

    private static int[] ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }

    private static double[] doubles(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }
}
