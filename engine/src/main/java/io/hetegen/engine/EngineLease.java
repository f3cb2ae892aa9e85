package io.hetegen.engine;

/** A claim on a shared engine whose driver runs. Closing twice is safe; it never closes another's engine. */
public interface EngineLease extends AutoCloseable {

    Engine engine();

    @Override
    void close();
}
