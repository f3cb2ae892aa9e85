package io.hetegen.jobs.kafka;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;

/**
 * Starts a partition at the group's committed offset, or at its beginning where there is none, and says so in numbers.
 *
 * <p>The connector's own initializer leaves a marker instead, which is in savepoints for as long as nothing of the
 * partition was emitted, and means whatever is committed when the savepoint is restored: behind a backlog that skips
 * records ({@code RescaleITCase}).
 */
final class CommittedOrEarliest implements OffsetsInitializer {

    private static final long serialVersionUID = 1L;

    @Override
    public Map<TopicPartition, Long> getPartitionOffsets(
            Collection<TopicPartition> partitions, PartitionOffsetsRetriever retriever) {
        Map<TopicPartition, Long> offsets = new HashMap<>(retriever.committedOffsets(partitions));
        Set<TopicPartition> uncommitted = new HashSet<>(partitions);
        uncommitted.removeAll(offsets.keySet());
        if (!uncommitted.isEmpty()) {
            offsets.putAll(retriever.beginningOffsets(uncommitted));
        }
        return offsets;
    }

    /** For a partition whose records were deleted before they were read. */
    @Override
    public OffsetResetStrategy getAutoOffsetResetStrategy() {
        return OffsetResetStrategy.EARLIEST;
    }
}
