package io.hetegen.engine;

import java.util.concurrent.atomic.AtomicBoolean;

/** A lease whose closing cancels its holder's sequences, so that the shared engine keeps nothing of the holder. */
final class SharedEngineLease implements EngineLease {

    private final LeasedEngine engine;
    private final Runnable release;
    private final AtomicBoolean returned = new AtomicBoolean();

    SharedEngineLease(Engine shared, EngineDriver driver, Runnable release) {
        this.engine = new LeasedEngine(shared, driver);
        this.release = release;
    }

    @Override
    public Engine engine() {
        return engine;
    }

    @Override
    public void close() {
        if (returned.compareAndSet(false, true)) {
            engine.cancelAll();
            release.run();
        }
    }
}
