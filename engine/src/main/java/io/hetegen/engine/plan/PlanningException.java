package io.hetegen.engine.plan;

import io.hetegen.engine.HeteGenException;

/** There is no plan of the kind that was asked for; the message says what it would take. */
public final class PlanningException extends HeteGenException {

    private static final long serialVersionUID = 1L;

    public PlanningException(String message) {
        super(message);
    }
}
