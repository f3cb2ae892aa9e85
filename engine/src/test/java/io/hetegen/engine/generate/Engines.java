package io.hetegen.engine.generate;

import io.hetegen.engine.Engine;
import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.GenerationResult;
import io.hetegen.engine.ModelInfo;
import io.hetegen.engine.PromptInput;
import io.hetegen.engine.SamplingParameters;
import io.hetegen.engine.SequenceSnapshot;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the tests do with engines again and again. */
final class Engines {

    /** Greedy and sampled, each filter and penalty somewhere. */
    static final List<SamplingParameters> SAMPLINGS = List.of(
            SamplingParameters.GREEDY,
            new SamplingParameters(1.0, 0, 1.0, 0.0, 1.0, 0.0, 0.0, 11),
            new SamplingParameters(0.8, 7, 0.9, 0.01, 1.2, 0.0, 0.0, 12),
            new SamplingParameters(0.0, 0, 1.0, 0.0, 1.3, 0.4, 0.2, 0),
            new SamplingParameters(1.5, 0, 0.8, 0.0, 1.0, 0.5, 0.3, -13));

    private Engines() {}

    static ModelInfo info(int contextLength) {
        return new ModelInfo("toy", "toy", "f00d", 1, contextLength, ToyTokenizer.SIZE);
    }

    static BatchEngine toy(ToyModel lm, int maxSequences, int prefillChunk) {
        return of(info(ToyModel.CONTEXT), lm, new ToyTokenizer(false), maxSequences, prefillChunk);
    }

    static BatchEngine of(ModelInfo info, CausalLm lm, Tokenizer tokenizer, int maxSequences, int prefillChunk) {
        return new BatchEngine(info, lm, tokenizer, Optional.empty(), maxSequences, prefillChunk, lm::close);
    }

    static GenerationRequest request(SamplingParameters sampling, int maxTokens, List<String> stop, List<Integer> ids) {
        return new GenerationRequest(new PromptInput.Ids(ids), sampling, maxTokens, stop, Optional.empty());
    }

    /** Pseudo-random but always the same prompt ids; none of them special. */
    static List<Integer> prompt(int length, int vocabularySize, int seed) {
        List<Integer> ids = new ArrayList<>(length);
        for (int i = 0; i < length; i++) {
            ids.add(4 + Math.floorMod(seed * 7919 + i * 104_729 + i * i * 31, vocabularySize - 4));
        }
        return ids;
    }

    /** Prompts of different lengths, one for each of the samplings. */
    static List<GenerationRequest> mixed(int vocabularySize, int maxTokens) {
        int[] lengths = {1, 23, 8, 40, 15};
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++) {
            requests.add(
                    request(SAMPLINGS.get(i), maxTokens - 2 * i, List.of(), prompt(lengths[i], vocabularySize, i + 1)));
        }
        return requests;
    }

    static Heard submit(Engine engine, GenerationRequest request) {
        Heard heard = new Heard();
        heard.sequence = engine.submit(request, heard);
        return heard;
    }

    static Heard resume(Engine engine, SequenceSnapshot snapshot) {
        Heard heard = new Heard();
        heard.sequence = engine.resume(snapshot, heard);
        return heard;
    }

    static void drain(Engine engine) {
        while (engine.step()) {}
    }

    static Heard alone(Engine engine, GenerationRequest request) {
        Heard heard = submit(engine, request);
        drain(engine);
        return heard;
    }

    /** All that must be equal: timings are not. */
    static List<Object> essence(GenerationResult result) {
        return List.of(result.promptIds(), result.ids(), result.text(), result.finishReason());
    }
}
