package io.hetegen.engine.generate;

import io.hetegen.engine.Engine;
import io.hetegen.engine.EngineOptions;
import io.hetegen.engine.ModelException;
import io.hetegen.engine.ModelInfo;
import io.hetegen.engine.chat.ChatTemplate;
import io.hetegen.engine.chat.ChatTemplates;
import io.hetegen.engine.device.cpu.ThreadTeam;
import io.hetegen.engine.format.ModelFile;
import io.hetegen.engine.format.ModelFiles;
import io.hetegen.engine.kernel.Arithmetic;
import io.hetegen.engine.linear.Profiling;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.ModelConfig;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelLoader;
import io.hetegen.engine.plan.PlanRequest;
import io.hetegen.engine.plan.Strategy;
import io.hetegen.engine.tokenizer.Tokenizer;
import io.hetegen.engine.tokenizer.TokenizerLoader;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.DoubleConsumer;
import java.util.function.LongFunction;

/** The way from options to a running engine. Whatever was opened is closed again in reverse order if a later part fails. */
public final class EngineOpening {

    /** Of the context that an automatic plan reserves where no length was asked for. */
    private static final int USUAL_CONTEXT = 1024;

    /** Of a typical request, that part is the answer's. */
    private static final int ANSWER_PART = 4;

    private final EngineOptions options;
    private final LongFunction<Profiling> profiling;

    /** Most recently opened first. */
    private final Deque<Runnable> opened = new ArrayDeque<>();

    private EngineOpening(EngineOptions options, LongFunction<Profiling> profiling) {
        this.options = options;
        this.profiling = profiling;
    }

    /**
     * @param measuring is told the part that is done
     * @throws ModelException as {@link Engine#open}
     */
    public static Engine open(EngineOptions options, DoubleConsumer measuring) {
        try (ModelFile file = ModelFiles.open(options.model())) {
            return open(file, options, gpuBytes -> Profiling.of(Profiling.USUAL_SECONDS, gpuBytes, measuring));
        }
    }

    /**
     * The file may be closed afterwards.
     *
     * @param profiling how a GPU is measured within so many bytes of its memory
     */
    static Engine open(ModelFile file, EngineOptions options, LongFunction<Profiling> profiling) {
        EngineOpening opening = new EngineOpening(options, profiling);
        try {
            return opening.build(file);
        } catch (RuntimeException | Error e) {
            opening.closeAfter(e);
            throw e;
        }
    }

    private Engine build(ModelFile file) {
        ModelConfig config = ModelConfigReader.read(file);
        int contextLength = contextLength(config);
        Tokenizer tokenizer = TokenizerLoader.load(file);
        opened.push(tokenizer::close);
        Optional<ChatTemplate> chatTemplate = ChatTemplates.load(file, tokenizer);
        ThreadTeam team =
                new ThreadTeam(options.threads() == 0 ? Runtime.getRuntime().availableProcessors() : options.threads());
        opened.push(team::close);
        CausalLm lm = ModelLoader.load(file, config, team, options.kvType());
        opened.push(lm::close);
        int prefillChunk = prefillChunk(
                new GpuOpening(file, config, lm, team.size()).open(options, typicalRequest(contextLength), profiling));
        ModelInfo info = new ModelInfo(
                name(file),
                config.architecture(),
                ModelFingerprint.of(lm.digest(), options.kvType(), file.metadata()),
                Arithmetic.VERSION,
                contextLength,
                // Rows may pad the matrix, and a vocabulary may name ids that no row stands for.
                Math.min(config.vocabularySize(), tokenizer.vocabularySize()));
        return new BatchEngine(info, lm, tokenizer, chatTemplate, options.maxSequences(), prefillChunk, this::close);
    }

    private int prefillChunk(Optional<GpuOpening.Opened> gpu) {
        int asked = options.prefillChunk() == 0 ? EngineOptions.DEFAULT_PREFILL_CHUNK : options.prefillChunk();
        return gpu.map(GpuOpening.Opened::promptChunk).orElse(asked);
    }

    /** It fills the context that was asked for: so much cache the GPU then has room for. */
    private PlanRequest typicalRequest(int contextLength) {
        int context = options.contextLength() == 0 ? Math.min(contextLength, USUAL_CONTEXT) : contextLength;
        int answer = Math.max(1, context / ANSWER_PART);
        int prompt = Math.max(1, context - answer);
        return new PlanRequest(Strategy.HETEGEN, 0, prompt, answer, options.kvType(), options.maxSequences());
    }

    private int contextLength(ModelConfig config) {
        if (options.contextLength() > config.contextLength()) {
            throw new ModelException(options.model() + ": a context of " + options.contextLength()
                    + " tokens was asked for, the model was made for at most " + config.contextLength());
        }
        return options.contextLength() == 0 ? config.contextLength() : options.contextLength();
    }

    private static String name(ModelFile file) {
        Path last = file.path().getFileName();
        return file.metadata()
                .string("general.name")
                .filter(name -> !name.isBlank())
                .orElse(last == null ? file.path().toString() : last.toString());
    }

    private void close() {
        while (!opened.isEmpty()) {
            opened.pop().run();
        }
    }

    private void closeAfter(Throwable failure) {
        try {
            close();
        } catch (RuntimeException | Error e) {
            failure.addSuppressed(e);
        }
    }
}
