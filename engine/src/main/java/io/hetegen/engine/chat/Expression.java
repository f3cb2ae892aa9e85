package io.hetegen.engine.chat;

/** A parsed expression. */
@FunctionalInterface
interface Expression {

    /** Call it through {@link Frame#evaluate}, which counts. */
    Object evaluate(Frame frame);
}
