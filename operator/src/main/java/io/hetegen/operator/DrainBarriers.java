package io.hetegen.operator;

import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.runtime.checkpoint.CheckpointMetaData;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.CheckpointType;
import org.apache.flink.runtime.state.CheckpointStorageLocationReference;
import org.apache.flink.streaming.runtime.tasks.StreamTask;

/**
 * The barriers that an unaligned checkpoint misses while an operator waits in {@code endInput}. A source subtask that
 * has gone sends none, and the end of its partition, which stands for one, lies in the input that Flink does not read
 * meanwhile: the checkpoint, and every later one, would wait for the operator.
 *
 * <p>After the end of the data there is nothing on a channel that a barrier could overtake, so it may as well come now.
 * One that comes by itself afterwards is ignored, and so is this one where none is missing.
 */
final class DrainBarriers {

    private final StreamTask<?, ?> task;
    private final MailboxExecutor mailbox;
    private boolean draining;

    DrainBarriers(StreamTask<?, ?> task, MailboxExecutor mailbox) {
        this.task = task;
        this.mailbox = mailbox;
    }

    /** All channels have delivered the end of their data, and the operator does not let the task read on. */
    void beginDrain() {
        draining = true;
    }

    void endDrain() {
        draining = false;
    }

    /** To be called with every snapshot of the operator. */
    void onSnapshot(long checkpoint, long timestamp) {
        // An aligned checkpoint takes its snapshot when all its barriers are there.
        if (draining && CheckpointingOptions.isUnalignedCheckpointEnabled(task.getJobConfiguration())) {
            // By mail, so that the barriers that are here already go first.
            mailbox.execute(() -> complete(checkpoint, timestamp), "missing barriers of checkpoint %s", checkpoint);
        }
    }

    /**
     * Does what the JobManager does when all sources have gone: gives the task the barrier on all channels that have not
     * ended. Within {@code endInput} there is one at least; without one the task would take this for a new checkpoint.
     */
    private void complete(long checkpoint, long timestamp) {
        if (draining) {
            task.triggerCheckpointAsync(
                    new CheckpointMetaData(checkpoint, timestamp),
                    CheckpointOptions.unaligned(
                            CheckpointType.CHECKPOINT, CheckpointStorageLocationReference.getDefault()));
        }
    }
}
