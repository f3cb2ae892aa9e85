package io.hetegen.operator;

import io.hetegen.engine.Engine;
import io.hetegen.engine.EngineLease;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Leases one test's engine to functions that went through serialization, and counts the leases. */
final class FakeEngines implements AutoCloseable {

    private static final Map<UUID, FakeEngines> ALL = new ConcurrentHashMap<>();

    private final UUID id = UUID.randomUUID();
    private final Engine engine;
    final AtomicInteger openLeases = new AtomicInteger();
    final CountDownLatch acquiring = new CountDownLatch(1);
    final CountDownLatch opened;

    FakeEngines(Engine engine) {
        this(engine, new CountDownLatch(0));
    }

    /** @param opened the engine is given out when it is zero */
    FakeEngines(Engine engine, CountDownLatch opened) {
        this.engine = engine;
        this.opened = opened;
        ALL.put(id, this);
    }

    EngineProvider provider() {
        UUID self = id;
        return (options, linger) -> Objects.requireNonNull(ALL.get(self)).lease();
    }

    private EngineLease lease() throws InterruptedException {
        acquiring.countDown();
        opened.await();
        openLeases.incrementAndGet();
        return new EngineLease() {
            private boolean closed;

            @Override
            public Engine engine() {
                return engine;
            }

            @Override
            public void close() {
                if (!closed) {
                    closed = true;
                    openLeases.decrementAndGet();
                }
            }
        };
    }

    @Override
    public void close() {
        ALL.remove(id);
    }
}
