package io.hetegen.jobs.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.hetegen.jobs.serde.Format;
import io.hetegen.operator.Preview;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

class PreviewSerializerTest {

    private final PreviewSerializer serializer =
            new PreviewSerializer("previews", new SizeLimit(16 * 1_024), Format.JSON);

    @Test
    void writesThePieceWithTheInputsKey() {
        ProducerRecord<byte[], byte[]> record =
                serializer.serialize(new Preview(new byte[] {7}, "id-1", 4, "piece", 2), new TestSinkContext(), null);

        assertThat(record).isNotNull();
        assertThat(record.key()).containsExactly(7);
        assertThat(new String(record.value(), StandardCharsets.UTF_8))
                .isEqualTo("{\"id\":\"id-1\",\"index\":4,\"text\":\"piece\",\"attempt\":2}");
    }

    @Test
    void skipsWhatTheTopicDoesNotTake() {
        assertThat(serializer.serialize(
                        new Preview(new byte[17 * 1_024], "id-1", 4, "piece", 2), new TestSinkContext(), null))
                .isNull();
    }
}
