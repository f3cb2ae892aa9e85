package io.hetegen.operator;

/** What becomes of a record: exactly one of the two leaves the operator. */
sealed interface Outcome permits Answer, DeadLetter {

    Envelope envelope();
}
