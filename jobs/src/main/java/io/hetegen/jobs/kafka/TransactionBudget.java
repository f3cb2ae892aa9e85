package io.hetegen.jobs.kafka;

import java.time.Duration;

/**
 * How long a transaction must stay open, against how long it may.
 *
 * <p>Records are written in a transaction that is committed after the checkpoint that covers it. If the broker gives up
 * the transaction before, its records are gone although the checkpoint says they were written, and the connector can
 * only log it. So {@code interval + checkpoint timeout + tolerated outage < transaction timeout <= broker's maximum}.
 */
public record TransactionBudget(
        Duration checkpointInterval,
        Duration checkpointTimeout,
        Duration toleratedOutage,
        Duration transactionTimeout,
        Duration brokerMaximum) {

    /** @throws TopicException if the inequality does not hold, with all numbers and what to change */
    public TransactionBudget {
        Duration needed = checkpointInterval.plus(checkpointTimeout).plus(toleratedOutage);
        if (needed.compareTo(transactionTimeout) >= 0) {
            throw new TopicException(String.format(
                    "hetegen.kafka.transaction-timeout is %s, but must be longer than %s = checkpoint interval %s +"
                            + " checkpoint timeout %s + tolerated outage %s: raise it, or lower"
                            + " execution.checkpointing.interval, execution.checkpointing.timeout or"
                            + " hetegen.kafka.tolerated-outage",
                    seconds(transactionTimeout),
                    seconds(needed),
                    seconds(checkpointInterval),
                    seconds(checkpointTimeout),
                    seconds(toleratedOutage)));
        }
        if (transactionTimeout.compareTo(brokerMaximum) > 0) {
            throw new TopicException(String.format(
                    "hetegen.kafka.transaction-timeout is %s, but the broker allows at most %s"
                            + " (transaction.max.timeout.ms): lower it, or raise the broker's limit",
                    seconds(transactionTimeout), seconds(brokerMaximum)));
        }
    }

    /** One line for the log: the longest outage that loses nothing. */
    @Override
    public String toString() {
        Duration slack = transactionTimeout.minus(checkpointInterval).minus(checkpointTimeout);
        return String.format(
                "transactions stay open for up to %s (broker's maximum %s); checkpoints every %s take at most %s:"
                        + " an outage of up to %s loses nothing that a checkpoint holds",
                seconds(transactionTimeout),
                seconds(brokerMaximum),
                seconds(checkpointInterval),
                seconds(checkpointTimeout),
                seconds(slack));
    }

    private static String seconds(Duration duration) {
        return duration.toMillis() / 1_000.0 + " s";
    }
}
