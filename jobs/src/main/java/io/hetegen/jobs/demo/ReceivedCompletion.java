package io.hetegen.jobs.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hetegen.jobs.kafka.OutputHeaders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * A completion as it came out of Kafka.
 *
 * @param json the record's value, in which nothing depends on the run
 * @param interrupted whether more than one attempt worked on it
 */
record ReceivedCompletion(String id, String text, int generatedTokens, String json, boolean interrupted) {

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String FIRST_ATTEMPT = "1";

    static ReceivedCompletion of(ConsumerRecord<byte[], String> record) throws IOException {
        JsonNode json = MAPPER.readTree(record.value());
        @Nullable Header attempt = record.headers().lastHeader(OutputHeaders.ATTEMPT);
        return new ReceivedCompletion(
                json.get("id").textValue(),
                json.get("text").textValue(),
                json.get("generatedTokens").intValue(),
                record.value(),
                attempt != null && !FIRST_ATTEMPT.equals(new String(attempt.value(), StandardCharsets.UTF_8)));
    }
}
