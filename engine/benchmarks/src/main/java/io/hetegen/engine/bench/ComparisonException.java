package io.hetegen.engine.bench;

/** A comparison that cannot be made or would be worth nothing; the message is for people. */
final class ComparisonException extends RuntimeException {

    private static final long serialVersionUID = 1;

    ComparisonException(String message) {
        super(message);
    }
}
