package io.hetegen.engine;

import io.hetegen.engine.chat.ChatTemplate;
import io.hetegen.engine.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Finishes each sequence at its first step; what a step does besides is up to the test. */
final class ScriptedEngine implements Engine {

    private final ConcurrentLinkedQueue<Submitted> inbox = new ConcurrentLinkedQueue<>();
    final List<Submitted> submitted = new CopyOnWriteArrayList<>();
    final CountDownLatch closed = new CountDownLatch(1);
    /** One permit for each step. */
    final Semaphore steps = new Semaphore(0);

    volatile Runnable onStep = () -> {};
    volatile boolean finishes = true;
    volatile @Nullable Thread stepper;

    final class Submitted implements Sequence {
        private volatile @Nullable SequenceListener listener;
        volatile boolean cancelled;

        Submitted(SequenceListener listener) {
            this.listener = listener;
        }

        @Override
        public SequenceSnapshot snapshot() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void cancel() {
            cancelled = true;
            listener = null;
        }

        private void finish() {
            SequenceListener target = listener;
            if (target != null) {
                target.onFinished(new GenerationResult(
                        List.of(),
                        List.of(),
                        "done",
                        FinishReason.STOP,
                        Numerics.REPRODUCIBLE,
                        new GenerationResult.Timings(0, 0, 0)));
                listener = null;
            }
        }
    }

    @Override
    public ModelInfo model() {
        return new ModelInfo("scripted", "none", "f00d", 1, 10, 10);
    }

    @Override
    public Tokenizer tokenizer() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Optional<ChatTemplate> chatTemplate() {
        return Optional.empty();
    }

    @Override
    public Sequence submit(GenerationRequest request, SequenceListener listener) {
        Submitted sequence = new Submitted(listener);
        submitted.add(sequence);
        inbox.add(sequence);
        return sequence;
    }

    @Override
    public Sequence resume(SequenceSnapshot snapshot, SequenceListener listener) {
        return submit(snapshot.request(), listener);
    }

    @Override
    public boolean step() {
        stepper = Thread.currentThread();
        steps.release();
        onStep.run();
        Submitted next = finishes ? inbox.poll() : null;
        if (next != null) {
            next.finish();
        }
        return finishes && !inbox.isEmpty();
    }

    @Override
    public void setGpuBudget(long bytes) {}

    @Override
    public EngineStats stats() {
        return new EngineStats(0, 0, 0, 0, 0, 0, 0, GpuStats.NONE);
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
