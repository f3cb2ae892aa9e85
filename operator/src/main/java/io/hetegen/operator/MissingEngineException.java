package io.hetegen.operator;

/**
 * The engine is not on the class path. It is no part of the job jar: native code binds to one class loader, so the
 * engine lives where Flink's own classes live. Not a {@code HeteGenException}, which would be missing as well.
 */
public class MissingEngineException extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private static final String PROBE = "io.hetegen.engine.HeteGenException";

    MissingEngineException(Throwable cause) {
        super(
                "The HeteGen engine is not on the class path: put hetegen-engine-*.jar into Flink's lib/ folder on the"
                        + " client, the JobManager and every TaskManager, and restart them (missing: "
                        + cause.getMessage() + ")",
                cause);
    }

    /** Throws unless {@code classLoader} sees the engine. A job calls it before it touches any other class. */
    public static void check(ClassLoader classLoader) {
        try {
            Class.forName(PROBE, false, classLoader);
        } catch (ClassNotFoundException missing) {
            throw new MissingEngineException(missing);
        }
    }
}
