package io.hetegen.engine.plan;

import java.util.List;

/** A piece of work on one lane of a timeline, in seconds from its start. */
public record Span(Lane lane, String label, double from, double to) {

    /** The part of a timeline between two moments, in seconds from the first; what reaches beyond them is cut. */
    public static List<Span> between(double start, double end, List<Span> spans) {
        return spans.stream()
                .filter(span -> span.to() > start && span.from() < end)
                .map(span -> new Span(
                        span.lane(), span.label(), Math.max(0, span.from() - start), Math.min(end, span.to()) - start))
                .toList();
    }
}
