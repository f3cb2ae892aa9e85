package io.hetegen.engine.linear;

/**
 * Device memory beside the weights that makes a GPU more useful: taken before any weights become resident, and given
 * back after them where the budget shrinks. What is wanted may change from pass to pass; more of it comes at the cost of
 * resident weights. Called by the thread of the {@link Accelerator}, while no kernel runs.
 */
public interface DeviceReserve {

    /** What there is only with it, for people. */
    String purpose();

    /** What {@link #take} takes now where it may take so much; 0 if that is too little, or nothing is wanted any more. */
    long bytes(long most);

    /** @param most as in {@link #bytes}, which is not 0 for it */
    void take(long most);

    void giveBack();
}
