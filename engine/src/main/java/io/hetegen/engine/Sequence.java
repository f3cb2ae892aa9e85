package io.hetegen.engine;

/** A request in the engine. All methods may be called from any thread. */
public interface Sequence {

    /** Immutable; published after every token, so that reading it never waits for the engine. */
    SequenceSnapshot snapshot();

    /**
     * Leaves the batch at the next step. No listener method is called after this one returns: it waits for one that is
     * running (unless it is called by that one), so hold no lock here that the listener takes. A sequence that has ended
     * ignores it.
     */
    void cancel();
}
