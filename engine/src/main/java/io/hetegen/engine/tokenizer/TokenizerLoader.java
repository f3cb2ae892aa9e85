package io.hetegen.engine.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.hetegen.engine.ModelException;
import io.hetegen.engine.format.ModelFile;

/** Makes a tokenizer from the vocabulary in a model file: byte-level BPE ({@code gpt2}) or sentencepiece ({@code llama}). */
public final class TokenizerLoader {

    private TokenizerLoader() {}

    /**
     * A tokenizer that gives the ids of the one that the model was trained with. Needs no tensors.
     *
     * @throws ModelException naming file and key if the vocabulary is missing, inconsistent or of an unknown kind
     */
    public static Tokenizer load(ModelFile file) {
        Vocabulary vocabulary = VocabularyReader.read(file);
        HuggingFaceTokenizer library;
        try {
            library = NativeTokenizer.open(TokenizerJson.write(vocabulary));
        } catch (RuntimeException | LinkageError e) {
            throw new ModelException(
                    file.path() + ": the tokenizers library does not open this vocabulary: " + e.getMessage(), e);
        }
        return new SubwordTokenizer(vocabulary, library);
    }
}
