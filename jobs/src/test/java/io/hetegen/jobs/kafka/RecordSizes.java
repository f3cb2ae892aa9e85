package io.hetegen.jobs.kafka;

import java.nio.ByteBuffer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.SimpleRecord;

/** How large a record really is: as Kafka's own client packs it. */
final class RecordSizes {

    private RecordSizes() {}

    static int packed(ProducerRecord<byte[], byte[]> record) {
        SimpleRecord simple = new SimpleRecord(
                Long.MAX_VALUE / 2,
                record.key() == null ? null : ByteBuffer.wrap(record.key()),
                record.value() == null ? null : ByteBuffer.wrap(record.value()),
                record.headers().toArray());
        return MemoryRecords.withRecords(Compression.NONE, simple).sizeInBytes();
    }
}
