package io.hetegen.jobs.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Topics that the controller has created and the brokers may not know of yet. */
public final class CreatedTopics {

    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofMillis(20);

    private CreatedTopics() {}

    /**
     * Returns when the broker that answers knows all of them: what asks for their offsets earlier fails.
     *
     * @throws TopicException if it does not learn of them in half a minute
     */
    public static void await(Admin admin, Collection<String> names) throws InterruptedException {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (true) {
            try {
                admin.describeTopics(names).allTopicNames().get();
                return;
            } catch (ExecutionException e) {
                boolean unknown = e.getCause() instanceof UnknownTopicOrPartitionException;
                if (!unknown || System.nanoTime() > deadline) {
                    throw new TopicException(
                            "topics " + names + " were created, but cannot be used: " + e.getMessage(), e);
                }
                TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
            }
        }
    }
}
