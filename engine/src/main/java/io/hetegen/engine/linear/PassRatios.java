package io.hetegen.engine.linear;

import io.hetegen.engine.plan.SplitRatio;
import java.util.List;

/** Which ratios a forward pass has. An answer does not depend on them, so they may differ from pass to pass. */
@FunctionalInterface
public interface PassRatios {

    /** By linear of the model in the order of execution; the same list for as long as nothing changes. */
    List<SplitRatio> of(int tokens);

    /**
     * A pass is over.
     *
     * @param nanos that it took
     * @param waitedNanos of them for which the CPU waited for the GPU
     */
    default void passed(int tokens, long nanos, long waitedNanos) {}
}
