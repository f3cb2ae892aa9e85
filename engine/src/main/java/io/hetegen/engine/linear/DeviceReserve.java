package io.hetegen.engine.linear;

/**
 * Device memory beside the weights that makes a GPU more useful: taken before any weights become resident, and given
 * back after them where the budget shrinks. Called by the thread of the {@link Accelerator}, while no kernel runs.
 */
public interface DeviceReserve {

    /** What {@link #take} takes; 0 if there is nothing to take. */
    long bytes();

    void take();

    void giveBack();
}
