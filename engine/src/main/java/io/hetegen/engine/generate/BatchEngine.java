package io.hetegen.engine.generate;

import io.hetegen.engine.Engine;
import io.hetegen.engine.EngineClosedException;
import io.hetegen.engine.EngineStats;
import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.GpuStats;
import io.hetegen.engine.ModelInfo;
import io.hetegen.engine.Sequence;
import io.hetegen.engine.SequenceListener;
import io.hetegen.engine.SequenceSnapshot;
import io.hetegen.engine.SnapshotMismatchException;
import io.hetegen.engine.chat.ChatTemplate;
import io.hetegen.engine.model.CausalLm;
import io.hetegen.engine.model.CausalLm.Slice;
import io.hetegen.engine.model.KvCache;
import io.hetegen.engine.tokenizer.Tokenizer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Continuous batching, token by token: each step is one forward pass over one token of every decoding sequence and at
 * most {@code prefillChunk} tokens of those in prefill, oldest first. So a long prompt delays the others' next token by
 * one chunk at most, and is itself never held up by them.
 */
final class BatchEngine implements Engine {

    private final ModelInfo model;
    private final CausalLm lm;
    private final Tokenizer tokenizer;
    private final Optional<ChatTemplate> chatTemplate;
    private final int maxSequences;
    private final int prefillChunk;
    private final Runnable release;
    private final Admission admission;

    /** Held by a step and by close, never by a submission. */
    private final ReentrantLock stepping = new ReentrantLock();
    // Driver thread, within a step.
    private final Sampler sampler;
    private final Deque<Generation> waiting = new ArrayDeque<>();
    private final List<Generation> active = new ArrayList<>();
    private boolean released;
    private volatile EngineStats stats;

    // Guarded by inbox.
    private final List<Generation> inbox = new ArrayList<>();
    private @Nullable EngineClosedException ended;

    /** @param release frees what the engine was opened with; called once */
    BatchEngine(
            ModelInfo model,
            CausalLm lm,
            Tokenizer tokenizer,
            Optional<ChatTemplate> chatTemplate,
            int maxSequences,
            int prefillChunk,
            Runnable release) {
        this.model = model;
        this.lm = lm;
        this.tokenizer = tokenizer;
        this.chatTemplate = chatTemplate;
        this.maxSequences = maxSequences;
        this.prefillChunk = prefillChunk;
        this.release = release;
        this.admission = new Admission(model, tokenizer, chatTemplate);
        this.sampler = new Sampler(model.vocabularySize());
        this.stats = new EngineStats(0, 0, 0, 0, 0, lm.weightBytes(), 0, GpuStats.NONE);
    }

    @Override
    public ModelInfo model() {
        return model;
    }

    @Override
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    @Override
    public Optional<ChatTemplate> chatTemplate() {
        return chatTemplate;
    }

    @Override
    public Sequence submit(GenerationRequest request, SequenceListener listener) {
        requireOpen();
        return enqueue(new Generation(model, tokenizer, admission.admit(request), listener));
    }

    @Override
    public Sequence resume(SequenceSnapshot snapshot, SequenceListener listener) {
        requireOpen();
        requireEqual("fingerprint", snapshot.fingerprint(), model.fingerprint());
        requireEqual("arithmetic version", snapshot.arithmeticVersion(), model.arithmeticVersion());
        for (int id : snapshot.generatedIds()) {
            if (id < 0 || id >= model.vocabularySize()) {
                throw new SnapshotMismatchException("the snapshot's answer holds id " + id
                        + ", the vocabulary has ids 0 to " + (model.vocabularySize() - 1));
            }
        }
        Generation generation = new Generation(model, tokenizer, admission.admit(snapshot.request()), listener);
        generation.replay(snapshot.generatedIds(), snapshot.numerics());
        return enqueue(generation);
    }

    private void requireEqual(String what, Object inSnapshot, Object here) {
        if (!inSnapshot.equals(here)) {
            throw new SnapshotMismatchException(String.format(
                    "the snapshot's %s is %s, that of model %s is %s", what, inSnapshot, model.name(), here));
        }
    }

    private void requireOpen() {
        synchronized (inbox) {
            if (ended != null) {
                throw new EngineClosedException(String.valueOf(ended.getMessage()), ended);
            }
        }
    }

    private Sequence enqueue(Generation generation) {
        synchronized (inbox) {
            requireOpen();
            inbox.add(generation);
        }
        return generation;
    }

    @Override
    public boolean step() {
        stepping.lock();
        try {
            synchronized (inbox) {
                if (ended != null) {
                    return false;
                }
                waiting.addAll(inbox);
                inbox.clear();
            }
            admit();
            if (!active.isEmpty()) {
                forward();
            }
            leave();
            publishStats(0, 0, 0);
            synchronized (inbox) {
                return !active.isEmpty() || !waiting.isEmpty() || !inbox.isEmpty();
            }
        } catch (RuntimeException | Error e) {
            end(new EngineClosedException("the engine for " + model.name() + " stopped: " + e, e));
            throw e;
        } finally {
            stepping.unlock();
        }
    }

    /** Waiting sequences take the free places in the order of their submission. */
    private void admit() {
        leave();
        while (active.size() < maxSequences && !waiting.isEmpty()) {
            Generation next = waiting.remove();
            if (next.isComplete()) {
                next.finish();
            } else {
                active.add(next);
            }
        }
    }

    private void forward() {
        List<Generation> members = new ArrayList<>(active.size());
        List<Slice> slices = new ArrayList<>(active.size());
        int budget = prefillChunk;
        int prefilled = 0;
        for (Generation generation : active) {
            int pending = generation.pending();
            int count = pending == 1 ? 1 : Math.min(pending, budget);
            if (count == 0) {
                continue;
            }
            if (pending > 1) {
                budget -= count;
                prefilled += count;
            }
            KvCache cache = generation.cache();
            members.add(generation);
            slices.add(generation.slice(cache == null ? lm.newCache() : cache, count));
        }
        List<float[][]> logits = lm.forward(slices);
        members.forEach(generation -> generation.computedBy(lm.numerics()));
        int generated = (int) slices.stream()
                .filter(slice -> slice.logits() == CausalLm.LogitsFor.LAST)
                .count();
        // Before the listeners hear of their tokens, so that whoever hears of one finds it counted.
        publishStats(1, prefilled, generated);
        for (int i = 0; i < members.size(); i++) {
            if (slices.get(i).logits() == CausalLm.LogitsFor.LAST) {
                members.get(i).advance(logits.get(i)[0], sampler);
            }
        }
    }

    /** Sequences that ended or were cancelled give their place and their cache back. */
    private void leave() {
        waiting.removeIf(generation -> !generation.isActive());
        active.removeIf(generation -> {
            if (!generation.isActive()) {
                generation.closeCache();
                return true;
            }
            return false;
        });
    }

    private void publishStats(int steps, int prefilled, int generated) {
        long kvBytes = 0;
        for (Generation generation : active) {
            KvCache cache = generation.cache();
            kvBytes += cache == null ? 0 : cache.bytes();
        }
        stats = new EngineStats(
                stats.steps() + steps,
                stats.prefillTokens() + prefilled,
                stats.generatedTokens() + generated,
                active.size(),
                waiting.size(),
                stats.weightBytes(),
                kvBytes,
                lm.gpuStats());
    }

    @Override
    public EngineStats stats() {
        EngineStats published = stats;
        int submitted;
        synchronized (inbox) {
            submitted = inbox.size();
        }
        return new EngineStats(
                published.steps(),
                published.prefillTokens(),
                published.generatedTokens(),
                published.active(),
                published.waiting() + submitted,
                published.weightBytes(),
                published.kvBytes(),
                published.gpu());
    }

    @Override
    public void setGpuBudget(long bytes) {
        lm.setGpuBudget(bytes);
    }

    /** Fails what is left; submissions get the same reason from now on. */
    private void end(EngineClosedException reason) {
        synchronized (inbox) {
            if (ended != null) {
                return;
            }
            ended = reason;
            waiting.addAll(inbox);
            inbox.clear();
        }
        waiting.addAll(active);
        for (Generation generation : waiting) {
            generation.fail(reason);
        }
        waiting.clear();
        leave();
        publishStats(0, 0, 0);
    }

    @Override
    public void close() {
        if (stepping.isHeldByCurrentThread()) {
            throw new IllegalStateException("a listener closed the engine that is calling it: close it from elsewhere");
        }
        stepping.lock();
        try {
            end(new EngineClosedException("the engine for " + model.name() + " was closed"));
            if (!released) {
                released = true;
                release.run();
            }
        } finally {
            stepping.unlock();
        }
    }
}
