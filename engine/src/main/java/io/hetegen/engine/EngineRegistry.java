package io.hetegen.engine;

import java.time.Duration;

/**
 * The engines of this JVM, one for each distinct {@link EngineOptions}, reference counted.
 *
 * <p>All subtasks of a TaskManager share one copy of the weights and one batch, across the class loaders of their jobs:
 * this class, the one place with static mutable state, lives in the parent class loader. An engine outlives its last
 * lease by the linger of that lease, so that a task restart finds it warm.
 */
public final class EngineRegistry {

    private static final SharedEngines ENGINES = new SharedEngines(options -> Engine.open(options));

    private EngineRegistry() {}

    /**
     * The shared engine for {@code options}, opened on a thread of the registry's own if it is not open yet; waits
     * interruptibly. Its {@link EngineDriver} runs: callers submit and listen, they never step. Models are the same if
     * their real paths are.
     *
     * @param linger how long the engine stays open after its last lease was closed
     * @throws ModelException as {@link Engine#open}
     */
    public static EngineLease acquire(EngineOptions options, Duration linger) throws InterruptedException {
        return ENGINES.acquire(options, linger);
    }
}
