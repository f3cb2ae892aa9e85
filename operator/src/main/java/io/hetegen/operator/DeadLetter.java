package io.hetegen.operator;

import org.apache.flink.api.common.typeinfo.TypeInfo;

/** A prompt that gets no answer, with the reason; the original bytes are in the envelope. */
@TypeInfo(DeadLetterSerializer.Factory.class)
public record DeadLetter(Envelope envelope, Cause cause, String message, int attempt) implements Outcome {

    /** Why there is no answer. The label is what the dead letter's header says. */
    public enum Cause {
        UNDECODABLE("undecodable"),
        INVALID_REQUEST("invalid-request"),
        DEADLINE_EXCEEDED("deadline-exceeded"),
        GENERATION_FAILED("generation-failed");

        private final String label;

        Cause(String label) {
            this.label = label;
        }

        public String label() {
            return label;
        }
    }
}
