package io.hetegen.engine.tokenizer;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a tokenizer from the vocabulary in a model file: byte-level BPE ({@code gpt2}) or sentencepiece ({@code llama}). */
public final class TokenizerLoader {

    private static final Logger LOG = LoggerFactory.getLogger(TokenizerLoader.class);

    private TokenizerLoader() {}

    /**
     * A tokenizer that gives the ids of the one that the model was trained with. Needs no tensors.
     *
     * @throws ModelException naming file and key if the vocabulary is missing, inconsistent or of an unknown kind
     */
    public static Tokenizer load(ModelFile file) {
        Vocabulary vocabulary = VocabularyReader.read(file);
        if (vocabulary.byteLevel()) {
            warnOfMissingBytes(file, vocabulary);
        }
        HuggingFaceTokenizer library;
        try {
            library = NativeTokenizer.open(TokenizerJson.write(vocabulary));
        } catch (LinkageError | EngineException e) {
            throw new ModelException(
                    "the tokenizers library cannot be loaded: " + rootCause(e)
                            + "; DJL_CACHE_DIR must name a folder that can be written, and only one class loader of a"
                            + " process can hold the library: in Flink the engine's jars belong in lib/",
                    e);
        } catch (RuntimeException e) {
            throw new ModelException(
                    file.path() + ": the tokenizers library does not open this vocabulary: " + rootCause(e), e);
        }
        return new SubwordTokenizer(vocabulary, library);
    }

    private static @Nullable String rootCause(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage();
    }

    /** Models trained without a full byte alphabet lose such bytes in every implementation, so this is no error. */
    private static void warnOfMissingBytes(ModelFile file, Vocabulary vocabulary) {
        long missing = IntStream.range(0, 256)
                .filter(b -> !vocabulary.ids().containsKey(String.valueOf(ByteAlphabet.character(b))))
                .count();
        if (missing > 0) {
            LOG.warn("{}: {} of the 256 bytes have no token and are dropped from text", file.path(), missing);
        }
    }
}
