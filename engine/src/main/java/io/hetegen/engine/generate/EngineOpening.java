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
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.ModelConfig;
import io.hetegen.engine.model.ModelConfigReader;
import io.hetegen.engine.model.ModelLoader;
import io.hetegen.engine.tokenizer.Tokenizer;
import io.hetegen.engine.tokenizer.TokenizerLoader;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/** The way from options to a running engine. Whatever was opened is closed again in reverse order if a later part fails. */
public final class EngineOpening {

    /** Most recently opened first. */
    private final Deque<Runnable> opened = new ArrayDeque<>();

    private EngineOpening() {}

    /** @throws ModelException as {@link Engine#open} */
    public static Engine open(EngineOptions options) {
        try (ModelFile file = ModelFiles.open(options.model())) {
            return open(file, options);
        }
    }

    /** The file may be closed afterwards. */
    static Engine open(ModelFile file, EngineOptions options) {
        EngineOpening opening = new EngineOpening();
        try {
            return opening.build(file, options);
        } catch (RuntimeException | Error e) {
            opening.closeAfter(e);
            throw e;
        }
    }

    private Engine build(ModelFile file, EngineOptions options) {
        ModelConfig config = ModelConfigReader.read(file);
        int contextLength = contextLength(options, config);
        Tokenizer tokenizer = TokenizerLoader.load(file);
        opened.push(tokenizer::close);
        Optional<ChatTemplate> chatTemplate = ChatTemplates.load(file, tokenizer);
        ThreadTeam team =
                new ThreadTeam(options.threads() == 0 ? Runtime.getRuntime().availableProcessors() : options.threads());
        opened.push(team::close);
        CausalLm lm = ModelLoader.load(file, config, team, options.kvType());
        opened.push(lm::close);
        GpuOpening.open(file, config, lm, options);
        ModelInfo info = new ModelInfo(
                name(file),
                config.architecture(),
                ModelFingerprint.of(lm.digest(), options.kvType(), file.metadata()),
                Arithmetic.VERSION,
                contextLength,
                // Rows may pad the matrix, and a vocabulary may name ids that no row stands for.
                Math.min(config.vocabularySize(), tokenizer.vocabularySize()));
        return new BatchEngine(
                info, lm, tokenizer, chatTemplate, options.maxSequences(), options.prefillChunk(), this::close);
    }

    private static int contextLength(EngineOptions options, ModelConfig config) {
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
