package io.hetegen.engine.tokenizer;

/**
 * A part of a text to be tokenized.
 *
 * @param parseSpecial whether special tokens that are written in {@code text} are meant as such
 */
public record TextPiece(String text, boolean parseSpecial) {}
