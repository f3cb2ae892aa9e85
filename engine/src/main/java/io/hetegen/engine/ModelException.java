package io.hetegen.engine;

/** A model cannot be opened: unreadable, malformed, or of a kind this engine does not run. */
public class ModelException extends HeteGenException {

    private static final long serialVersionUID = 1L;

    public ModelException(String message) {
        super(message);
    }

    public ModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
