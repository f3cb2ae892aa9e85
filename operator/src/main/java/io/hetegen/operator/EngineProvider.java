package io.hetegen.operator;

import io.hetegen.engine.EngineLease;
import io.hetegen.engine.EngineOptions;
import io.hetegen.engine.EngineRegistry;
import java.io.Serializable;
import java.time.Duration;

/** Where a subtask gets its engine from. */
@FunctionalInterface
interface EngineProvider extends Serializable {

    /** The engine that all subtasks of this JVM share. */
    EngineProvider SHARED = EngineRegistry::acquire;

    /** Waits interruptibly until the engine is open; it must not open it on the calling thread. */
    EngineLease acquire(EngineOptions options, Duration linger) throws InterruptedException;
}
