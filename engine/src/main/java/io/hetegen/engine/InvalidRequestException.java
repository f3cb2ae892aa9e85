package io.hetegen.engine;

/** A request that can never be served: a parameter out of range, a prompt longer than the context. */
public class InvalidRequestException extends HeteGenException {

    private static final long serialVersionUID = 1L;

    public InvalidRequestException(String message) {
        super(message);
    }

    /** Throws with the formatted message unless {@code condition} holds. */
    public static void check(boolean condition, String format, Object... arguments) {
        if (!condition) {
            throw new InvalidRequestException(String.format(java.util.Locale.ROOT, format, arguments));
        }
    }
}
