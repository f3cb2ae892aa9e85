package io.hetegen.engine;

/** A snapshot is damaged, or of another model or arithmetic version than the engine it was given to. */
public class SnapshotMismatchException extends HeteGenException {

    private static final long serialVersionUID = 1L;

    public SnapshotMismatchException(String message) {
        super(message);
    }

    public SnapshotMismatchException(String message, Throwable cause) {
        super(message, cause);
    }
}
