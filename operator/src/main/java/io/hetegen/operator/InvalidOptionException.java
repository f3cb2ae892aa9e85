package io.hetegen.operator;

import io.hetegen.engine.HeteGenException;
import org.apache.flink.configuration.ConfigOption;

/** A setting that the job cannot start with. The message names key, value, constraint and remedy. */
public class InvalidOptionException extends HeteGenException {

    private static final long serialVersionUID = 1L;

    public InvalidOptionException(ConfigOption<?> option, Object value, String constraint, String remedy) {
        super(option.key() + " is " + value + ", but " + constraint + ": " + remedy);
    }

    public InvalidOptionException(String message) {
        super(message);
    }

    public InvalidOptionException(String message, Throwable cause) {
        super(message, cause);
    }
}
