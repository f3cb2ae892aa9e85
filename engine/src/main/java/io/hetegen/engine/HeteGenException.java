package io.hetegen.engine;

/** Base of the failures that the engine foresees. The message is one line for a user: what was expected, what came, what to do. */
public abstract class HeteGenException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    protected HeteGenException(String message) {
        super(message);
    }

    protected HeteGenException(String message, Throwable cause) {
        super(message, cause);
    }
}
