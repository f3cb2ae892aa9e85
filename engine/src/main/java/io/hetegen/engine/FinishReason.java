package io.hetegen.engine;

/** Why an answer ended, in the field's two words. */
public enum FinishReason {
    /** The model drew an end token, or a stop string appeared. */
    STOP("stop"),
    /** {@code maxTokens} or the context length was reached. */
    LENGTH("length");

    private final String label;

    FinishReason(String label) {
        this.label = label;
    }

    /** The word that JSON and Avro records carry. */
    public String label() {
        return label;
    }
}
