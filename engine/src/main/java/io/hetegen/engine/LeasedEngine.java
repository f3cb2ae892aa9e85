package io.hetegen.engine;

import io.hetegen.engine.chat.ChatTemplate;
import io.hetegen.engine.tokenizer.Tokenizer;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One holder's view of a shared engine: wakes the driver on every submission and knows the holder's own sequences. */
final class LeasedEngine implements Engine {

    private final Engine shared;
    private final EngineDriver driver;
    private final Set<Leased> running = new HashSet<>();
    private boolean cancelled;

    LeasedEngine(Engine shared, EngineDriver driver) {
        this.shared = shared;
        this.driver = driver;
    }

    @Override
    public ModelInfo model() {
        return shared.model();
    }

    @Override
    public Tokenizer tokenizer() {
        return shared.tokenizer();
    }

    @Override
    public Optional<ChatTemplate> chatTemplate() {
        return shared.chatTemplate();
    }

    @Override
    public EngineStats stats() {
        return shared.stats();
    }

    @Override
    public void setGpuBudget(long bytes) {
        shared.setGpuBudget(bytes);
    }

    @Override
    public Sequence submit(GenerationRequest request, SequenceListener listener) {
        return start(listener, leased -> shared.submit(request, leased));
    }

    @Override
    public Sequence resume(SequenceSnapshot snapshot, SequenceListener listener) {
        return start(listener, leased -> shared.resume(snapshot, leased));
    }

    private Sequence start(SequenceListener listener, Function<SequenceListener, Sequence> start) {
        Leased leased = new Leased(listener);
        synchronized (this) {
            if (cancelled) {
                throw new IllegalStateException("the lease is closed: acquire another one from EngineRegistry");
            }
            running.add(leased);
        }
        Sequence sequence;
        try {
            sequence = start.apply(leased);
        } catch (RuntimeException | Error e) {
            forget(leased);
            throw e;
        }
        driver.wake();
        synchronized (this) {
            leased.sequence = sequence;
            if (!cancelled) {
                return sequence;
            }
        }
        // The lease was closed in between and did not know the sequence yet.
        sequence.cancel();
        return sequence;
    }

    void cancelAll() {
        List<Leased> left;
        synchronized (this) {
            cancelled = true;
            left = List.copyOf(running);
            running.clear();
        }
        for (Leased leased : left) {
            Sequence sequence = leased.sequence;
            if (sequence != null) {
                sequence.cancel();
            }
        }
    }

    private synchronized void forget(Leased leased) {
        running.remove(leased);
    }

    @Override
    public boolean step() {
        throw new UnsupportedOperationException("a shared engine is stepped by its driver");
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("a shared engine is closed by the registry: close the lease");
    }

    /** Passes calls on until the last of them. */
    private final class Leased implements SequenceListener {
        private final SequenceListener listener;
        private volatile @Nullable Sequence sequence;

        Leased(SequenceListener listener) {
            this.listener = listener;
        }

        @Override
        public void onToken(int tokenId, String text) {
            listener.onToken(tokenId, text);
        }

        @Override
        public void onFinished(GenerationResult result) {
            forget(this);
            listener.onFinished(result);
        }

        @Override
        public void onFailed(GenerationException failure) {
            forget(this);
            listener.onFailed(failure);
        }
    }
}
