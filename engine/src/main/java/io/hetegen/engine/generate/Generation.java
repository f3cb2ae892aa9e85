package io.hetegen.engine.generate;

import io.hetegen.engine.FinishReason;
import io.hetegen.engine.GenerationException;
import io.hetegen.engine.GenerationRequest;
import io.hetegen.engine.GenerationResult;
import io.hetegen.engine.ModelInfo;
import io.hetegen.engine.Numerics;
import io.hetegen.engine.PromptInput;
import io.hetegen.engine.Sequence;
import io.hetegen.engine.SequenceListener;
import io.hetegen.engine.SequenceSnapshot;
import io.hetegen.engine.SnapshotMismatchException;
import io.hetegen.engine.model.CausalLm.LogitsFor;
import io.hetegen.engine.model.CausalLm.Slice;
import io.hetegen.engine.model.KvCache;
import io.hetegen.engine.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One sequence in the engine: its tokens, what has become of them in text, and its key-value cache. Made on the
 * submitting thread, then used by the driver thread only, but for the methods of {@link Sequence}.
 */
final class Generation implements Sequence {

    private final ModelInfo model;
    private final Tokenizer tokenizer;
    private final GenerationRequest request;
    private final ListenerGate gate;
    private final AnswerText text;
    private final TokenHistory history = new TokenHistory();
    private final long submittedNanos = System.nanoTime();
    private final int promptLength;

    private volatile Tokens tokens;
    /** Fast if any of the passes was that the tokens and the cache come from. */
    private volatile Numerics numerics = Numerics.REPRODUCIBLE;

    private @Nullable FinishReason finishReason;
    private @Nullable KvCache cache;
    private long startedNanos;
    private long firstTokenNanos;
    private long lastTokenNanos;

    /** Prompt and answer: the first {@code length} of {@code ids}, which are never written again. */
    private record Tokens(int[] ids, int length) {

        Tokens with(int id) {
            int[] next = length < ids.length ? ids : Arrays.copyOf(ids, length + length / 2 + 1);
            next[length] = id;
            return new Tokens(next, length + 1);
        }

        List<Integer> list(int from, int to) {
            return Arrays.stream(ids, from, to).boxed().toList();
        }
    }

    /** @param request with its prompt as ids, checked by {@link Admission} */
    Generation(ModelInfo model, Tokenizer tokenizer, GenerationRequest request, SequenceListener listener) {
        this.model = model;
        this.tokenizer = tokenizer;
        this.request = request;
        this.gate = new ListenerGate(listener);
        this.text = new AnswerText(tokenizer, request.stop());
        List<Integer> prompt = ((PromptInput.Ids) request.prompt()).ids();
        this.promptLength = prompt.size();
        this.tokens = new Tokens(prompt.stream().mapToInt(Integer::intValue).toArray(), promptLength);
        prompt.forEach(history::addPrompt);
    }

    /** Takes in an answer that was begun elsewhere; it may be complete already. */
    void replay(List<Integer> generatedIds, Numerics before) {
        numerics = before;
        for (int id : generatedIds) {
            if (finishReason != null) {
                throw new SnapshotMismatchException("the snapshot's answer of " + generatedIds.size()
                        + " tokens goes on after its end: it was made with other limits or end tokens");
            }
            append(id);
        }
    }

    @Override
    public SequenceSnapshot snapshot() {
        Tokens now = tokens;
        return new SequenceSnapshot(
                model.fingerprint(),
                model.arithmeticVersion(),
                numerics,
                request,
                now.list(promptLength, now.length()));
    }

    @Override
    public void cancel() {
        gate.close();
    }

    boolean isActive() {
        return gate.isOpen();
    }

    boolean isComplete() {
        return finishReason != null;
    }

    /** Tokens that the model has not seen yet: several in prefill, one in decode. */
    int pending() {
        return tokens.length() - (cache == null ? 0 : cache.length());
    }

    /** The next {@code count} pending tokens, for a forward pass with {@code cache}. */
    Slice slice(KvCache cache, int count) {
        if (startedNanos == 0) {
            startedNanos = System.nanoTime();
        }
        this.cache = cache;
        int from = cache.length();
        LogitsFor logits = count == pending() ? LogitsFor.LAST : LogitsFor.NONE;
        return new Slice(cache, Arrays.copyOfRange(tokens.ids(), from, from + count), logits);
    }

    @Nullable
    KvCache cache() {
        return cache;
    }

    /** A pass that it had a part in is over. */
    void computedBy(Numerics ofPass) {
        if (ofPass == Numerics.FAST) {
            numerics = ofPass;
        }
    }

    /** Draws the next token, publishes it and tells the listener. */
    void advance(float[] logits, Sampler sampler) {
        int position = tokens.length();
        for (int id = 0; id < model.vocabularySize(); id++) {
            if (!Float.isFinite(logits[id])) {
                fail(new GenerationException(String.format(
                        "model %s, position %s: the logit of token %s is %s, a finite number was expected; its weights are"
                                + " damaged or leave the range of the arithmetic",
                        model.name(), position, id, logits[id])));
                return;
            }
        }
        int id = sampler.sample(logits, request.sampling(), history, position);
        lastTokenNanos = System.nanoTime();
        if (firstTokenNanos == 0) {
            firstTokenNanos = lastTokenNanos;
        }
        String piece = append(id);
        gate.call(listener -> listener.onToken(id, piece));
        if (isComplete()) {
            finish();
        }
    }

    /** Adds a token of the answer and finds whether it ends it; the last one releases all text that is left. */
    private String append(int id) {
        history.addAnswer(id);
        Tokens now = tokens.with(id);
        boolean end = tokenizer.endTokens().contains(id);
        String piece = end ? "" : text.add(id);
        if (end || text.stopped()) {
            finishReason = FinishReason.STOP;
        } else if (now.length() - promptLength >= request.maxTokens() || now.length() >= model.contextLength()) {
            finishReason = FinishReason.LENGTH;
        }
        if (finishReason != null) {
            piece += text.finish();
            // What was held back may have become a stop string with the replacement of a broken character.
            finishReason = text.stopped() ? FinishReason.STOP : finishReason;
        }
        tokens = now;
        return piece;
    }

    /** Tells the listener that the answer is complete. */
    void finish() {
        FinishReason reason = finishReason;
        if (reason == null) {
            throw new IllegalStateException("the answer is not complete");
        }
        Tokens all = tokens;
        GenerationResult result = new GenerationResult(
                all.list(0, promptLength),
                all.list(promptLength, all.length()),
                text.text(),
                reason,
                numerics,
                timings());
        gate.callAndClose(listener -> listener.onFinished(result));
    }

    void fail(GenerationException failure) {
        gate.callAndClose(listener -> listener.onFailed(failure));
    }

    /** All zero but the queue for an answer that was complete when it was resumed. */
    private GenerationResult.Timings timings() {
        if (startedNanos == 0) {
            return new GenerationResult.Timings(System.nanoTime() - submittedNanos, 0, 0);
        }
        return new GenerationResult.Timings(
                startedNanos - submittedNanos, firstTokenNanos - startedNanos, lastTokenNanos - firstTokenNanos);
    }

    void closeCache() {
        if (cache != null) {
            cache.close();
            cache = null;
        }
    }
}
