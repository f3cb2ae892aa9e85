package io.hetegen.engine;

/**
 * A sequence cannot go on because its engine was closed or broke: no fault of the request, which another engine can
 * take up from the sequence's snapshot.
 */
public class EngineClosedException extends GenerationException {

    private static final long serialVersionUID = 1L;

    public EngineClosedException(String message) {
        super(message);
    }

    public EngineClosedException(String message, Throwable cause) {
        super(message, cause);
    }
}
