package io.hetegen.operator;

import io.hetegen.engine.HeteGenException;

/** The bytes of an input record are not a prompt record. */
public class UndecodableRecordException extends HeteGenException {

    private static final long serialVersionUID = 1L;

    public UndecodableRecordException(String message) {
        super(message);
    }

    public UndecodableRecordException(String message, Throwable cause) {
        super(message, cause);
    }
}
