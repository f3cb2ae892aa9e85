package io.hetegen.jobs.kafka;

import io.hetegen.engine.HeteGenException;

/** The job cannot start on this Kafka: a topic is missing, a limit does not fit, the broker does not answer. */
public class TopicException extends HeteGenException {

    private static final long serialVersionUID = 1L;

    public TopicException(String message) {
        super(message);
    }

    public TopicException(String message, Throwable cause) {
        super(message, cause);
    }
}
