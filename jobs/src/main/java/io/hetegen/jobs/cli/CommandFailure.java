package io.hetegen.jobs.cli;

import io.hetegen.engine.HeteGenException;

/** A command cannot do what it was asked; the message is the line that the user reads. */
class CommandFailure extends HeteGenException {

    private static final long serialVersionUID = 1L;

    CommandFailure(String message) {
        super(message);
    }

    CommandFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
