package io.hetegen.engine.profile;

import io.hetegen.engine.HeteGenException;

/** A profile, a hardware description or a plan cannot be read; the message names file, field and what is expected. */
public final class InvalidFileException extends HeteGenException {

    private static final long serialVersionUID = 1L;

    public InvalidFileException(String message) {
        super(message);
    }

    InvalidFileException(String message, Throwable cause) {
        super(message, cause);
    }
}
