package io.hetegen.engine.plan;

/** A piece of work on one lane of a timeline, in seconds from its start. */
public record Span(Lane lane, String label, double from, double to) {}
