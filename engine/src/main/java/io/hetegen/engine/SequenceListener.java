package io.hetegen.engine;

/** Hears what becomes of one sequence; called on the engine's driver thread, so it must hand over and return. */
public interface SequenceListener {

    /**
     * A token was generated and the sequence's snapshot holds it.
     *
     * @param text the text that can be shown now: empty while a character or a possible stop string is incomplete
     */
    default void onToken(int tokenId, String text) {}

    /** The answer is complete; the last call. */
    void onFinished(GenerationResult result);

    /**
     * The answer cannot be completed (NaN in the logits); the last call. An {@link EngineClosedException} says that
     * another engine can.
     */
    void onFailed(GenerationException failure);
}
