package io.hetegen.engine.generate;

import io.hetegen.engine.GenerationException;
import io.hetegen.engine.GenerationResult;
import io.hetegen.engine.Sequence;
import io.hetegen.engine.SequenceListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Remembers every call, and that nothing comes after the last one. */
class Heard implements SequenceListener {

    final List<Integer> ids = new ArrayList<>();
    final List<String> pieces = new ArrayList<>();
    final CompletableFuture<GenerationResult> end = new CompletableFuture<>();
    /** Snapshots as bytes, taken while each token is told. */
    final List<byte[]> snapshots = new ArrayList<>();

    @Nullable
    Sequence sequence;

    @Override
    public void onToken(int tokenId, String text) {
        requireRunning();
        ids.add(tokenId);
        pieces.add(text);
        if (sequence != null) {
            snapshots.add(sequence.snapshot().toBytes());
        }
    }

    @Override
    public void onFinished(GenerationResult result) {
        requireRunning();
        end.complete(result);
    }

    @Override
    public void onFailed(GenerationException failure) {
        requireRunning();
        end.completeExceptionally(failure);
    }

    private void requireRunning() {
        if (end.isDone()) {
            throw new AssertionError("called after the last call");
        }
    }

    String text() {
        return String.join("", pieces);
    }

    void cancel() {
        Objects.requireNonNull(sequence).cancel();
    }

    GenerationResult result() {
        return end.getNow(null);
    }
}
