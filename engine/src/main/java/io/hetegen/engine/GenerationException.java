package io.hetegen.engine;

/** A running sequence cannot go on. */
public class GenerationException extends HeteGenException {

    private static final long serialVersionUID = 1L;

    public GenerationException(String message) {
        super(message);
    }

    public GenerationException(String message, Throwable cause) {
        super(message, cause);
    }
}
