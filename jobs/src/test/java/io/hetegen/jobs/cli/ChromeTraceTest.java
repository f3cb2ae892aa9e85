package io.hetegen.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.hetegen.engine.plan.Lane;
import io.hetegen.engine.plan.Span;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChromeTraceTest {

    @Test
    void everyLaneIsANamedThreadAndEverySpanIsInMicroseconds() throws Exception {
        String json = ChromeTrace.of(
                List.of(new Span(Lane.COPY, "blk.0.ffn_up", 0.001, 0.0015), new Span(Lane.CPU, "output", 0.25, 0.26)));

        JsonNode events = new ObjectMapper().readTree(json).get("traceEvents");
        List<String> threads = new ArrayList<>();
        List<JsonNode> work = new ArrayList<>();
        for (JsonNode event : events) {
            if (event.get("name").asText().equals("thread_name")) {
                threads.add(event.get("args").get("name").asText());
            } else if (event.get("ph").asText().equals("X")) {
                work.add(event);
            }
        }
        assertThat(threads).containsExactly("CPU", "PIN", "COPY", "GPU");
        assertThat(work).hasSize(2);
        assertThat(work.get(0).get("tid").asInt()).isEqualTo(Lane.COPY.ordinal());
        assertThat(work.get(0).get("ts").asDouble()).isEqualTo(1_000);
        assertThat(work.get(0).get("dur").asDouble()).isEqualTo(500);
        assertThat(work.get(1).get("name").asText()).isEqualTo("output");
    }
}
