package io.hetegen.engine.linear;

/**
 * Device memory beside the weights that makes a GPU more useful: taken before any weights become resident, and given
 * back after them where the budget shrinks. Called by the thread of the {@link Accelerator}, while no kernel runs.
 */
public interface DeviceReserve {

    /** What there is only with it, for people. */
    String purpose();

    /** What {@link #take} takes; 0 if there is nothing to take, or no use for it any more. */
    long bytes();

    void take();

    void giveBack();
}
