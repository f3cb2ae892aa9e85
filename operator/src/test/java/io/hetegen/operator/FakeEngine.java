package io.hetegen.operator;

import io.hetegen.engine.Engine;
import io.hetegen.engine.EngineStats;
import io.hetegen.engine.FinishReason;
import io.hetegen.engine.GenerationException;
import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.GenerationResult;
import io.hetegen.engine.GpuStats;
import io.hetegen.engine.InvalidRequestException;
import io.hetegen.engine.ModelInfo;
import io.hetegen.engine.Numerics;
import io.hetegen.engine.PromptInput;
import io.hetegen.engine.Sequence;
import io.hetegen.engine.SequenceListener;
import io.hetegen.engine.SequenceSnapshot;
import io.hetegen.engine.SnapshotMismatchException;
import io.hetegen.engine.chat.ChatTemplate;
import io.hetegen.engine.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

/**
 * An engine that generates exactly what a test tells it to, when it is told. A sequence is named by its prompt's text;
 * its i-th token is i with the text {@code " i"}; its answer is the prompt followed by all of them.
 */
final class FakeEngine implements Engine {

    static final ModelInfo MODEL = new ModelInfo("fake", "llama", "f00d", 1, 100, 256);

    private final Map<String, FakeSequence> active = new LinkedHashMap<>();
    private final List<String> submitted = new ArrayList<>();
    private final Map<String, Integer> resumedAt = new LinkedHashMap<>();
    private final String fingerprint;
    private long generated;

    /** What it says of its GPU. */
    GpuStats gpu = GpuStats.NONE;

    private volatile boolean released;

    FakeEngine() {
        this(MODEL.fingerprint());
    }

    FakeEngine(String fingerprint) {
        this.fingerprint = fingerprint;
    }

    private final class FakeSequence implements Sequence {
        private final String prompt;
        private final SequenceListener listener;
        private volatile SequenceSnapshot snapshot;

        FakeSequence(String prompt, SequenceSnapshot snapshot, SequenceListener listener) {
            this.prompt = prompt;
            this.listener = listener;
            this.snapshot = snapshot;
        }

        @Override
        public SequenceSnapshot snapshot() {
            return snapshot;
        }

        @Override
        public void cancel() {
            synchronized (FakeEngine.this) {
                active.remove(prompt, this);
            }
        }
    }

    // ------------------------------------------------------------------ what tests tell it

    synchronized void generate(String prompt, int tokens) {
        FakeSequence sequence = sequence(prompt);
        for (int i = 0; i < tokens; i++) {
            List<Integer> ids = new ArrayList<>(sequence.snapshot.generatedIds());
            int token = ids.size();
            ids.add(token);
            sequence.snapshot = snapshot(sequence.snapshot.request(), ids);
            generated++;
            sequence.listener.onToken(token, " " + token);
        }
    }

    synchronized void finish(String... prompts) {
        for (String prompt : prompts) {
            FakeSequence sequence = sequence(prompt);
            active.remove(prompt);
            List<Integer> ids = sequence.snapshot.generatedIds();
            sequence.listener.onFinished(new GenerationResult(
                    promptIds(prompt),
                    ids,
                    answer(prompt, ids.size()),
                    FinishReason.STOP,
                    sequence.snapshot.numerics(),
                    new GenerationResult.Timings(1, 2, 3)));
        }
    }

    synchronized void fail(String prompt, String message) {
        fail(prompt, new GenerationException(message));
    }

    synchronized void fail(String prompt, GenerationException failure) {
        FakeSequence sequence = sequence(prompt);
        active.remove(prompt);
        sequence.listener.onFailed(failure);
    }

    /** A step that does not come back: it holds the engine until it is released. */
    synchronized void longStep(CountDownLatch stuck, CountDownLatch release) {
        stuck.countDown();
        try {
            release.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** From now on it answers at once. */
    FakeEngine released() {
        released = true;
        return this;
    }

    synchronized void awaitSequences(int number) throws InterruptedException {
        while (active.size() < number) {
            wait();
        }
    }

    synchronized void awaitActive(String prompt) throws InterruptedException {
        while (!active.containsKey(prompt)) {
            wait();
        }
    }

    // ------------------------------------------------------------------ what tests ask

    static String answer(String prompt, int tokens) {
        StringBuilder text = new StringBuilder(prompt);
        IntStream.range(0, tokens).forEach(i -> text.append(' ').append(i));
        return text.toString();
    }

    synchronized List<String> active() {
        return List.copyOf(active.keySet());
    }

    synchronized List<String> submitted() {
        return List.copyOf(submitted);
    }

    synchronized Map<String, Integer> resumedAt() {
        return Map.copyOf(resumedAt);
    }

    // ------------------------------------------------------------------ Engine

    @Override
    public synchronized Sequence submit(GenerationRequest request, SequenceListener listener) {
        String prompt = ((PromptInput.Text) request.prompt()).text();
        InvalidRequestException.check(
                prompt.length() < MODEL.contextLength(), "prompt has %s tokens, at most 99 fit", prompt.length());
        submitted.add(prompt);
        GenerationRequest tokenized = GenerationRequest.greedy(new PromptInput.Ids(promptIds(prompt)), 50);
        return add(new FakeSequence(prompt, snapshot(tokenized, List.of()), listener));
    }

    @Override
    public synchronized Sequence resume(SequenceSnapshot snapshot, SequenceListener listener) {
        if (!snapshot.fingerprint().equals(fingerprint)) {
            throw new SnapshotMismatchException("the snapshot is of model " + snapshot.fingerprint());
        }
        List<Integer> ids = ((PromptInput.Ids) snapshot.request().prompt()).ids();
        StringBuilder prompt = new StringBuilder();
        ids.forEach(id -> prompt.append((char) id.intValue()));
        resumedAt.put(prompt.toString(), snapshot.generatedIds().size());
        return add(new FakeSequence(prompt.toString(), snapshot, listener));
    }

    private Sequence add(FakeSequence sequence) {
        active.put(sequence.prompt, sequence);
        notifyAll();
        if (released) {
            finish(sequence.prompt);
        }
        return sequence;
    }

    private FakeSequence sequence(String prompt) {
        FakeSequence sequence = active.get(prompt);
        if (sequence == null) {
            throw new AssertionError(prompt + " is not in the engine, which has " + active.keySet());
        }
        return sequence;
    }

    private SequenceSnapshot snapshot(GenerationRequest request, List<Integer> ids) {
        return new SequenceSnapshot(fingerprint, MODEL.arithmeticVersion(), Numerics.REPRODUCIBLE, request, ids);
    }

    private static List<Integer> promptIds(String prompt) {
        List<Integer> ids = new ArrayList<>();
        for (byte b : prompt.getBytes(StandardCharsets.US_ASCII)) {
            ids.add((int) b);
        }
        return ids;
    }

    @Override
    public ModelInfo model() {
        return MODEL;
    }

    @Override
    public void setGpuBudget(long bytes) {}

    @Override
    public synchronized EngineStats stats() {
        return new EngineStats(0, 0, generated, active.size(), 0, 0, 0, gpu);
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
    public boolean step() {
        throw new AssertionError("the operator never steps");
    }

    @Override
    public void close() {
        throw new AssertionError("the operator never closes the engine");
    }
}
