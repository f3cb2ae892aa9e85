package io.hetegen.jobs.demo;

import io.hetegen.engine.HeteGenException;

/** The demo could not run to its end. */
public class DemoException extends HeteGenException {

    private static final long serialVersionUID = 1L;

    public DemoException(String message) {
        super(message);
    }
}
