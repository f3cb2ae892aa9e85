package io.hetegen.jobs.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.hetegen.engine.plan.Lane;
import io.hetegen.engine.plan.Span;
import java.util.List;

/** Timelines in the Trace Event Format, which chrome://tracing and Perfetto show: a thread for each lane. */
final class ChromeTrace {

    private static final int PROCESS = 1;
    private static final double MICROS = 1e6;

    private ChromeTrace() {}

    static String of(List<Span> spans) {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode trace = mapper.createObjectNode();
        trace.put("displayTimeUnit", "ms");
        ArrayNode events = trace.putArray("traceEvents");
        for (Lane lane : Lane.values()) {
            event(events, "thread_name", "M", lane).putObject("args").put("name", lane.toString());
            event(events, "thread_sort_index", "M", lane).putObject("args").put("sort_index", lane.ordinal());
        }
        for (Span span : spans) {
            event(events, span.label(), "X", span.lane())
                    .put("ts", MICROS * span.from())
                    .put("dur", MICROS * (span.to() - span.from()));
        }
        try {
            return mapper.writeValueAsString(trace);
        } catch (JsonProcessingException e) {
            throw new AssertionError("a tree of numbers and strings can be written", e);
        }
    }

    private static ObjectNode event(ArrayNode events, String name, String phase, Lane lane) {
        return events.addObject()
                .put("name", name)
                .put("ph", phase)
                .put("pid", PROCESS)
                .put("tid", lane.ordinal());
    }
}
