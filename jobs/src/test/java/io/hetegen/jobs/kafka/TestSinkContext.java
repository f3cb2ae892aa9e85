package io.hetegen.jobs.kafka;

import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;

/** A sink of one subtask. */
final class TestSinkContext implements KafkaRecordSerializationSchema.KafkaSinkContext {

    @Override
    public int getParallelInstanceId() {
        return 0;
    }

    @Override
    public int getNumberOfParallelInstances() {
        return 1;
    }

    @Override
    public int[] getPartitionsForTopic(String topic) {
        return new int[] {0};
    }
}
