package io.hetegen.operator;

import org.jspecify.annotations.Nullable;

/**
 * One record in the operator's state, from its arrival to its answer.
 *
 * @param timestamp of the stream record, which holds the watermark back; null where it had none
 * @param attempt 1, and one more for each restore
 */
record InFlight(Envelope envelope, @Nullable Long timestamp, int attempt, Progress progress) {

    /** How far it got. */
    sealed interface Progress {}

    /** Nothing is generated yet. */
    enum Waiting implements Progress {
        INSTANCE
    }

    /** @param snapshot bytes of an {@link io.hetegen.engine.SequenceSnapshot}, opaque until it is resumed */
    record Generating(byte[] snapshot) implements Progress {}

    /** Complete, and held back until the earlier records of its key are out. */
    record Complete(Outcome outcome) implements Progress {}

    InFlight with(Progress progress) {
        return new InFlight(envelope, timestamp, attempt, progress);
    }

    DeadLetter deadLetter(DeadLetter.Cause cause, @Nullable String reason) {
        return new DeadLetter(envelope, cause, String.valueOf(reason), attempt);
    }

    InFlight nextAttempt() {
        return new InFlight(envelope, timestamp, attempt + 1, progress);
    }
}
